// The requests to criu(8), as its images/rpc.proto has them.
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/criu.h"
#include "runtime/lifecycle/criu_message.h"
#include "runtime/lifecycle/live_binds.h"

namespace lifecycle::criu {
namespace {

constexpr const char* kNetwork = "extRootNetNS";

// Names for what all masked files, and all masked directories, show.
constexpr const char *kMaskedFile = "masked-file", *kMaskedDirectory = "masked-directory";

// Fields of criu_req and values of criu_req_type.
enum RequestField : uint32_t { kType = 1, kOptions = 2 };
enum RequestType : uint32_t { kDump = 1, kRestore = 2, kSinglePreDump = 13 };

// Fields of criu_opts.
enum OptionField : uint32_t {
  kImagesDirFd = 1,
  kPid = 2,
  kLeaveRunning = 3,
  kExtUnixSk = 4,
  kTcpEstablished = 5,
  kShellJob = 7,
  kFileLocks = 8,
  kLogLevel = 9,
  kLogFile = 10,
  kPageServer = 11,
  kNotifyScripts = 12,
  kRoot = 13,
  kParentImages = 14,
  kTrackMem = 15,
  kAutoDedup = 16,
  kWorkDirFd = 17,
  kLinkRemap = 18,
  kRestoreSibling = 26,
  kInheritFd = 27,
  kManageCgroupsMode = 34,
  kExternal = 37,
  kEmptyNs = 38,
  kFreezeCgroup = 44,
  kTcpSkipInFlight = 46,
  kLazyPages = 48,
  kStatusFd = 49,
  kOrphanPtsMaster = 50,
  kTcpClose = 52,
  kLsmProfile = 53,
  kLsmMountContext = 63,
};

// criu_cg_mode.
uint32_t cgroups_mode(std::string_view name) {
  constexpr std::pair<std::string_view, uint32_t> kModes[] = {{"ignore", 0}, {"soft", 3}, {"full", 4}, {"strict", 5}};
  const auto* mode = std::ranges::find(kModes, name, [](const auto& one) { return one.first; });
  return mode == std::end(kModes) ? 3 : mode->second;
}

Message common(const CriuOptions& options, const Directories& directories, const char* log) {
  Message message;
  message.add(kImagesDirFd, static_cast<uint64_t>(directories.images.get()))
      .add(kWorkDirFd, static_cast<uint64_t>(directories.work.get()));
  message.add(kLogLevel, 4).add(kLogFile, log).add(kNotifyScripts, 1).add(kOrphanPtsMaster, 1);
  message.add(kTcpEstablished, options.tcp_established).add(kExtUnixSk, options.ext_unix_sk);
  message.add(kShellJob, options.shell_job).add(kFileLocks, options.file_locks);
  message.add(kLinkRemap, options.link_remap).add(kAutoDedup, options.auto_dedup).add(kLazyPages, options.lazy_pages);
  if (!options.empty_namespaces.empty()) message.add(kEmptyNs, CLONE_NEWNET);
  message.add(kManageCgroupsMode, cgroups_mode(options.cgroups_mode));
  return message;
}

std::string request(RequestType type, const Message& options) {
  return Message().add(kType, type).add(kOptions, options.bytes()).bytes();
}

void add_page_server(Message& message, const std::string& server) {
  const size_t colon = server.rfind(':');
  if (colon == std::string::npos) return;
  Message info;
  info.add(1, server.substr(0, colon)).add(2, parse_number<uint16_t>(server.substr(colon + 1)).value_or(0));
  message.add(kPageServer, info.bytes());
}

std::string joined_network(const oci::Spec& spec) {
  const auto* network = spec.find_namespace(CLONE_NEWNET);
  return network ? network->path : "";
}

// A mount whose content is the host's is left out of the images: it gets a name, to be put back by.
void add_external(Message& message, std::string_view what, std::string_view name) {
  message.add(kExternal, cat(what, ":", name));
}

void add_masked_paths(Message& message, const oci::Spec& spec, const std::string& root) {
  for (const std::string& path : spec.masked_paths) {
    struct stat info{};
    if (stat((root + path).c_str(), &info) < 0) continue;  // what is not there was not masked
    add_external(message, cat("mnt[", clean_path(path), "]"), S_ISDIR(info.st_mode) ? kMaskedDirectory : kMaskedFile);
  }
}

void add_inherited(Message& message, std::string_view key, int fd) {
  message.add(kInheritFd, Message().add(1, key).add(2, static_cast<uint64_t>(fd)).bytes());
}

}  // namespace

std::vector<Bind> binds_of(const oci::Spec& spec, const oci::State& state) {
  std::vector<Bind> binds;
  for (const sandbox::Mount& mount : spec.mounts)
    if (sandbox::is_bind(mount)) binds.emplace_back(clean_path(mount.destination), mount.source);
  for (auto& [destination, source] : live_binds(state)) binds.emplace_back(destination, source);
  return binds;
}

Result<Directories> open_directories(const CriuOptions& options, pid_t criu) {
  const auto open_there = [&](const std::string& path) -> Result<Fd> {
    Fd fd(open(cat("/proc/", criu, "/root", path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
    return fd;
  };
  Directories directories;
  directories.images = TRY(open_there(options.images));
  directories.work = TRY(open_there(options.work));
  return directories;
}

std::string dump_request(const CheckpointOptions& options, const Directories& directories, const oci::Spec& spec,
                         const oci::State& state, const std::string& freezer) {
  Message message = common(options.criu, directories, "dump.log");
  message.add(kPid, static_cast<uint64_t>(state.pid));
  // A container that is paused cannot be stopped one process after the other: criu thaws it for that, and freezes it
  // anew.
  if (!freezer.empty()) message.add(kFreezeCgroup, freezer);
  message.add(kLeaveRunning, options.leave_running).add(kTcpSkipInFlight, options.tcp_skip_in_flight);
  if (options.pre_dump || !options.parent_path.empty()) message.add(kTrackMem, 1);
  if (!options.parent_path.empty()) message.add(kParentImages, options.parent_path);
  if (options.status_fd >= 0) message.add(kStatusFd, static_cast<uint64_t>(options.status_fd));
  add_page_server(message, options.page_server);
  for (const Bind& bind : binds_of(spec, state))
    add_external(message, cat("mnt[", bind.destination, "]"), bind.destination);
  add_masked_paths(message, spec, cat("/proc/", state.pid, "/root"));
  struct stat info{};
  if (const std::string path = joined_network(spec); !path.empty() && stat(path.c_str(), &info) == 0)
    add_external(message, cat("net[", info.st_ino, "]"), kNetwork);
  return request(options.pre_dump ? kSinglePreDump : kDump, message);
}

std::string restore_request(const RestoreOptions& options, const Directories& directories, const oci::Spec& spec,
                            const oci::State& notes, const oci::State& state, const RestoreContext& context) {
  CriuOptions criu = options.criu;
  // What was in another cgroup stays where criu itself is: in the new one.
  if (notes.cgroup_path != state.cgroup_path) criu.cgroups_mode = "ignore";
  Message message = common(criu, directories, "restore.log");
  message.add(kRestoreSibling, 1).add(kRoot, spec.root.path).add(kTcpClose, options.tcp_close);
  if (!options.lsm_profile.empty()) message.add(kLsmProfile, options.lsm_profile);
  if (!options.lsm_mount_context.empty()) message.add(kLsmMountContext, options.lsm_mount_context);
  for (const Bind& bind : context.binds) add_external(message, cat("mnt[", bind.destination, "]"), bind.source);
  add_external(message, cat("mnt[", kMaskedFile, "]"), "/dev/null");
  add_external(message, cat("mnt[", kMaskedDirectory, "]"), context.empty);
  for (int fd = 0; fd < 3; fd++) {
    const auto target = notes.extra.find(cat("descriptor", fd));
    if (target != notes.extra.end() && target->second.starts_with("pipe:")) add_inherited(message, target->second, fd);
  }
  if (context.network >= 0) add_inherited(message, kNetwork, context.network);
  return request(kRestore, message);
}

}  // namespace lifecycle::criu
