// The command lines of criu(8).
#include <sched.h>
#include <sys/stat.h>

#include <algorithm>

#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/criu.h"

namespace lifecycle::criu {
namespace {

constexpr const char* kNetwork = "extRootNetNS";

// Names for what all masked files, and all masked directories, show.
constexpr const char *kMaskedFile = "masked-file", *kMaskedDirectory = "masked-directory";

bool is_bind(const sandbox::Mount& mount) {
  return std::ranges::any_of(mount.options, [](const std::string& one) { return one == "bind" || one == "rbind"; });
}

void add_common(std::vector<std::string>& words, const CriuOptions& options) {
  auto add = [&](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
  add({"--images-dir", options.images, "--work-dir", options.work, "-v4"});
  if (options.tcp_established) add({"--tcp-established"});
  if (options.ext_unix_sk) add({"--ext-unix-sk"});
  if (options.shell_job) add({"--shell-job"});
  if (options.file_locks) add({"--file-locks"});
  if (options.link_remap) add({"--link-remap"});
  if (options.auto_dedup) add({"--auto-dedup"});
  if (options.lazy_pages) add({"--lazy-pages"});
  for (const std::string& name : options.empty_namespaces) add({"--empty-ns", name == "network" ? "net" : name});
  add({cat("--manage-cgroups=", options.cgroups_mode)});
}

std::string joined_network(const oci::Spec& spec) {
  const auto* network = spec.find_namespace(CLONE_NEWNET);
  return network ? network->path : "";
}

// A mount whose content is the host's is left out of the images: it gets a name, to be put back by.
void name_external_mounts(std::vector<std::string>& words, const oci::Spec& spec, const std::string& root) {
  auto add = [&](const std::string& place, const std::string& name) {
    words.insert(words.end(), {"--external", cat("mnt[", place, "]:", name)});
  };
  for (const sandbox::Mount& mount : spec.mounts)
    if (is_bind(mount)) add(clean_path(mount.destination), clean_path(mount.destination));
  for (const std::string& path : spec.masked_paths) {
    struct stat info{};
    if (stat((root + path).c_str(), &info) < 0) continue;  // what is not there was not masked
    add(clean_path(path), S_ISDIR(info.st_mode) ? kMaskedDirectory : kMaskedFile);
  }
}

}  // namespace

std::vector<std::string> dump_words(const CheckpointOptions& options, const oci::Spec& spec, pid_t pid) {
  std::vector<std::string> words = {options.pre_dump ? "pre-dump" : "dump", "--tree", cat(pid), "--log-file",
                                    "dump.log"};
  auto add = [&](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
  add_common(words, options.criu);
  if (options.leave_running) add({"--leave-running"});
  if (options.tcp_skip_in_flight) add({"--skip-in-flight"});
  if (options.pre_dump || !options.parent_path.empty()) add({"--track-mem"});
  if (!options.parent_path.empty()) add({"--prev-images-dir", options.parent_path});
  if (options.status_fd >= 0) add({"--status-fd", cat(options.status_fd)});
  if (const size_t colon = options.page_server.rfind(':'); colon != std::string::npos)
    add({"--page-server", "--address", options.page_server.substr(0, colon), "--port",
         options.page_server.substr(colon + 1)});
  name_external_mounts(words, spec, cat("/proc/", pid, "/root"));
  struct stat info{};
  if (const std::string path = joined_network(spec); !path.empty() && stat(path.c_str(), &info) == 0)
    add({"--external", cat("net[", info.st_ino, "]:", kNetwork)});
  return words;
}

std::vector<std::string> restore_words(const RestoreOptions& options, const oci::Spec& spec, const Notes& notes,
                                       const RestoreContext& context) {
  std::vector<std::string> words = {"restore",     "--restore-detached", "--restore-sibling", "--log-file",
                                    "restore.log", "--pidfile",          context.pid_file,    "--root",
                                    spec.root.path};
  auto add = [&](std::initializer_list<std::string> more) { words.insert(words.end(), more); };
  CriuOptions common = options.criu;
  // What was in another cgroup stays where criu itself is: in the new one.
  if (notes.cgroup != context.cgroup) common.cgroups_mode = "ignore";
  add_common(words, common);
  if (options.tcp_close) add({"--tcp-close"});
  if (!options.lsm_profile.empty()) add({"--lsm-profile", options.lsm_profile});
  if (!options.lsm_mount_context.empty()) add({"--lsm-mount-context", options.lsm_mount_context});
  for (const sandbox::Mount& mount : spec.mounts)
    if (is_bind(mount)) add({"--external", cat("mnt[", clean_path(mount.destination), "]:", mount.source)});
  add({"--external", cat("mnt[", kMaskedFile, "]:/dev/null")});
  add({"--external", cat("mnt[", kMaskedDirectory, "]:", context.empty)});
  for (size_t fd = 0; fd < 3 && fd < notes.descriptors.size(); fd++)
    if (notes.descriptors[fd].starts_with("pipe:")) add({"--inherit-fd", cat("fd[", fd, "]:", notes.descriptors[fd])});
  if (context.network >= 0) add({"--inherit-fd", cat("fd[", context.network, "]:", kNetwork)});
  return words;
}

}  // namespace lifecycle::criu
