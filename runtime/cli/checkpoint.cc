// checkpoint and restore.
#include <sys/stat.h>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/cli/making.h"

namespace cli {
namespace {

constexpr Option kImages = {"image-path", 0, "DIR", "where the images are (default: ./checkpoint)"};
constexpr Option kWork = {"work-path", 0, "DIR", "where criu's log goes (default: the images' directory)"};
constexpr Option kTcp = {"tcp-established", 0, "", "take open TCP connections along"};
constexpr Option kUnix = {"ext-unix-sk", 0, "", "allow unix sockets that lead out of the container"};
constexpr Option kShellJob = {"shell-job", 0, "", "allow a session and a terminal of the caller's"};
constexpr Option kLocks = {"file-locks", 0, "", "allow file locks, which nobody else may hold"};
constexpr Option kLinkRemap = {"link-remap", 0, "", "give deleted files a name in the file system meanwhile"};
constexpr Option kDedup = {"auto-dedup", 0, "", "free pages of older images that newer ones have"};
constexpr Option kLazy = {"lazy-pages", 0, "", "fetch memory only when it is used"};
constexpr Option kEmptyNs = {"empty-ns", 0, "KIND", "leave what is in this namespace out: network"};
constexpr Option kCgroups = {"manage-cgroups-mode", 0, "MODE", "cgroups: soft, full, strict or ignore (default: soft)"};

constexpr Option kCheckpoint[] = {
    kImages,
    kWork,
    {"parent-path", 0, "DIR", "images of an earlier --pre-dump, seen from the images' directory"},
    {"leave-running", 0, "", "let the container run on"},
    {"pre-dump", 0, "", "write memory alone, and let it run on: a later checkpoint writes what changed since"},
    kTcp,
    {"tcp-skip-in-flight", 0, "", "leave connections out that are not accepted yet"},
    kUnix,
    kShellJob,
    kLocks,
    kLinkRemap,
    kDedup,
    kLazy,
    {"status-fd", 0, "FD", "write a byte there when the server of --lazy-pages is ready"},
    {"page-server", 0, "ADDRESS:PORT", "send memory to this server"},
    kEmptyNs,
    kCgroups,
};

constexpr Option kRestore[] = {
    kBundle,
    kImages,
    kWork,
    kDetach,
    kPidFile,
    kConsole,
    kTcp,
    {"tcp-close", 0, "", "close the TCP connections that were open"},
    kUnix,
    kShellJob,
    kLocks,
    kLinkRemap,
    kDedup,
    kLazy,
    {"lsm-profile", 0, "TYPE:NAME", "take this profile: apparmor:NAME or selinux:LABEL"},
    {"lsm-mount-context", 0, "CONTEXT", "mount with this SELinux context"},
    kEmptyNs,
    kCgroups,
    kNoSubreaper,
    {"no-pivot", 0, "", "for callers of runc: criu changes the root"},
    {"no-new-keyring", 0, "", "for callers of runc: criu makes the keyring"},
};

Result<std::string> read_directory(const std::string& path) {
  std::string real = TRY(real_path(path));
  struct stat info{};
  if (stat(real.c_str(), &info) < 0 || !S_ISDIR(info.st_mode)) return fail_errno(ENOTDIR, quoted(path));
  return real;
}

Result<> check_cgroups_mode(const std::string& mode) {
  for (const std::string_view known : {"soft", "full", "strict", "ignore"})
    if (mode == known) return {};
  return fail(cat("--manage-cgroups-mode: ", quoted(mode), " is not soft, full, strict or ignore"));
}

Result<lifecycle::CriuOptions> read_criu_options(const Arguments& arguments, bool is_dump) {
  lifecycle::CriuOptions options;
  const std::string images = arguments.value("image-path", "checkpoint");
  if (is_dump) TRY_IN("--image-path", make_directories(images, 0700));
  options.images = TRY_IN("--image-path", read_directory(images));
  const std::string work = arguments.value("work-path", options.images);
  if (is_dump) TRY_IN("--work-path", make_directories(work, 0700));
  options.work = TRY_IN("--work-path", read_directory(work));
  options.tcp_established = arguments.has("tcp-established");
  options.ext_unix_sk = arguments.has("ext-unix-sk");
  options.shell_job = arguments.has("shell-job");
  options.file_locks = arguments.has("file-locks");
  options.link_remap = arguments.has("link-remap");
  options.auto_dedup = arguments.has("auto-dedup");
  options.lazy_pages = arguments.has("lazy-pages");
  options.empty_namespaces = arguments.values("empty-ns");
  for (const std::string& kind : options.empty_namespaces)
    if (kind != "network") return fail(cat("--empty-ns: ", quoted(kind), " is not network"));
  options.cgroups_mode = arguments.value("manage-cgroups-mode", "soft");
  TRY(check_cgroups_mode(options.cgroups_mode));
  return options;
}

Result<lifecycle::CheckpointOptions> read_checkpoint_options(const Call& call) {
  const Arguments& arguments = call.arguments;
  lifecycle::CheckpointOptions options;
  options.root = call.globals.root;
  options.id = arguments.operands[0];
  options.criu = TRY(read_criu_options(arguments, true));
  options.parent_path = arguments.value("parent-path");
  options.page_server = arguments.value("page-server");
  if (!options.page_server.empty() && !options.page_server.contains(':'))
    return fail(cat("--page-server: ", quoted(options.page_server), " is not ADDRESS:PORT"));
  if (arguments.has("status-fd")) {
    const auto fd = parse_number<int>(arguments.value("status-fd"));
    if (!fd || *fd < 0) return fail(cat("--status-fd: ", quoted(arguments.value("status-fd")), " is no descriptor"));
    options.status_fd = *fd;
  }
  options.leave_running = arguments.has("leave-running");
  options.pre_dump = arguments.has("pre-dump");
  options.tcp_skip_in_flight = arguments.has("tcp-skip-in-flight");
  return options;
}

Result<lifecycle::RestoreOptions> read_restore_options(const Call& call) {
  const Arguments& arguments = call.arguments;
  lifecycle::RestoreOptions options;
  options.create = TRY(read_making(call));
  options.create.start_at_once = true;
  options.criu = TRY(read_criu_options(arguments, false));
  options.tcp_close = arguments.has("tcp-close");
  options.lsm_profile = arguments.value("lsm-profile");
  options.lsm_mount_context = arguments.value("lsm-mount-context");
  return options;
}

}  // namespace

constinit const std::span<const Option> kCheckpointOptions = kCheckpoint;
constinit const std::span<const Option> kRestoreOptions = kRestore;

Result<int> run_checkpoint(const Call& call) {
  const std::string context = cat("checkpoint ", quoted(call.arguments.operands[0]));
  const auto options = TRY_IN(context, read_checkpoint_options(call));
  TRY(lifecycle::checkpoint(options));
  return 0;
}

Result<int> run_restore(const Call& call) {
  const std::string context = cat("restore ", quoted(call.arguments.operands[0]));
  const auto options = TRY_IN(context, read_restore_options(call));
  const std::string text = TRY_IN(context, read_file(join_path(options.create.bundle, "config.json")));
  oci::Spec spec = TRY_IN(context, oci::read_spec(text, options.create.bundle));
  const bool is_detached = call.arguments.has("detach");
  TRY_IN(context, check_process(spec, options.create.console_socket, is_detached));
  const auto restore = [&](const lifecycle::CreateOptions& create, const oci::Spec& of) {
    lifecycle::RestoreOptions with = options;
    with.create = create;
    return lifecycle::restore(with, of, text);
  };
  if (!is_detached) return run_in_foreground(options.create, std::move(spec), false, restore);
  TRY(lifecycle::restore(options, spec, text));
  return 0;
}

}  // namespace cli
