#include "runtime/shim/task/making.h"

#include <sched.h>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/oci/spec_json.h"
#include "runtime/shim/sandbox/pod_files.h"
#include "runtime/shim/task/rootfs.h"
#include "runtime/shim/task/sandbox.h"
#include "runtime/shim/task/shim.h"

namespace shim {
namespace {

struct Config {
  std::string text;
  oci::Spec spec;
};

Result<Config> read_config(const Making& making) {
  std::string text = TRY_IN("config.json", read_file(cat(making.bundle, "/config.json")));
  oci::Spec spec = TRY(oci::read_spec(text, making.bundle));
  if (!spec.process) return fail("config.json: process: missing");
  if (spec.process->terminal != making.terminal)
    return fail(cat("config.json: process.terminal: is ", spec.process->terminal ? "true" : "false",
                    ", but the request has it the other way round"));
  if (making.sandbox && give_pod_files(making.sandbox->pod, spec)) text = oci::spec_to_json(spec);
  return Config{std::move(text), std::move(spec)};
}

lifecycle::CreateOptions options_for(const Making& making, const Ends& ends) {
  lifecycle::CreateOptions options;
  options.root = making.root;
  options.id = making.id;
  options.bundle = making.bundle;
  options.driver = making.options.systemd_cgroup ? cgroups::Driver::systemd : cgroups::Driver::cgroupfs;
  options.console = ends.console;
  options.stdio = ends.stdio;
  options.no_pivot = making.options.no_pivot;
  options.no_new_keyring = making.options.no_new_keyring;
  return options;
}

std::string told(const lifecycle::Created& created, const oci::Spec& spec) {
  const auto* const pids = spec.find_namespace(CLONE_NEWPID);
  Made made;
  made.pid = created.init.pid;
  made.is_cgroup_systemd = !created.state.cgroup_scope.empty();
  made.has_own_pids = pids != nullptr && pids->path.empty();
  made.cgroup_path = created.state.cgroup_path;
  return pack(made);
}

Result<std::string> make_in_root(const Making& making, const Ends& ends) {
  const auto config = TRY(read_config(making));
  if (!making.checkpoint.empty()) return pack(Made{});
  const auto created = TRY(lifecycle::create(options_for(making, ends), config.spec, config.text));
  return told(created, config.spec);
}

}  // namespace

std::vector<int> Ends::list() const {
  std::vector<int> fds;
  for (const int fd : {stdio[0], stdio[1], stdio[2], console})
    if (fd >= 0) fds.push_back(fd);
  return fds;
}

std::string pack(const Made& made) {
  return cat(made.pid, " ", made.is_cgroup_systemd ? 1 : 0, " ", made.has_own_pids ? 1 : 0, " ", made.cgroup_path);
}

Result<Made> unpack_made(std::string_view bytes) {
  const auto words = split(bytes, ' ');
  const auto pid = words.size() < 4 ? std::nullopt : parse_number<pid_t>(words[0]);
  if (!pid) return fail("the worker gave no container");
  Made made{*pid, words[1] == "1", words[2] == "1", {}};
  // The rest, which may have blanks in it.
  made.cgroup_path = bytes.substr(words[0].size() + words[1].size() + words[2].size() + 3);
  return made;
}

Result<std::string> make_container(const Making& making, const std::vector<wire::Mount>& rootfs, const Ends& ends) {
  TRY(publish_file(cat(making.bundle, "/", kRuntimeRootFile), making.root));
  TRY(mount_rootfs(rootfs, making.bundle));
  auto made = make_in_root(making, ends);
  if (!made && !rootfs.empty()) (void)unmount_rootfs(making.bundle);
  return made;
}

Result<std::string> restore_container(const Making& making, const Ends& ends) {
  const auto config = TRY(read_config(making));
  lifecycle::RestoreOptions options;
  options.create = options_for(making, ends);
  options.create.start_at_once = true;
  options.criu.images = making.checkpoint;
  options.criu.work =
      making.options.criu_work_path.empty() ? cat(making.bundle, "/criu-work") : making.options.criu_work_path;
  TRY(make_directories(options.criu.work, 0700));
  const auto restored = TRY(lifecycle::restore(options, config.spec, config.text));
  return told(restored, config.spec);
}

}  // namespace shim
