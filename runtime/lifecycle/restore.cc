// A container from a bundle and the images of a checkpoint, by criu(8). What criu does not know of is made as create
// makes it: the state on disk, the cgroup with its limits, the places of the mounts.
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/console.h"
#include "runtime/lifecycle/container_plan.h"
#include "runtime/lifecycle/criu.h"
#include "runtime/lifecycle/first_state.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/lifecycle/status.h"

namespace lifecycle {
namespace {

// criu makes the namespaces again by itself, so hooks that want to see them at a certain moment cannot be called.
Result<> check_restorable(const oci::Spec& spec) {
  if (!spec.process) return fail("process: missing");
  if (spec.process->terminal)
    return fail("process.terminal: a container with a terminal cannot be restored by this version");
  if (!spec.net_devices.empty()) return fail("linux.netDevices: restore does not move network devices in this version");
  const auto& hooks = spec.hooks;
  if (!hooks.prestart.empty() || !hooks.create_runtime.empty() || !hooks.create_container.empty())
    return fail("hooks: prestart, createRuntime and createContainer are not called by restore in this version");
  return {};
}

// The places of binds in the root, which criu wants to be there.
Result<> make_targets(const oci::Spec& spec) {
  Fd root(open(spec.root.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) return fail_errno(errno, cat("root.path ", quoted(spec.root.path)));
  for (const auto& mount : spec.mounts) {
    std::string place = clean_path(mount.destination);
    struct stat source{};
    if (open_in_root(root.get(), place, O_PATH) || stat(mount.source.c_str(), &source) < 0) continue;
    size_t slash = place.rfind('/');
    std::string above = S_ISDIR(source.st_mode) ? place : place.substr(0, slash + 1);
    Fd directory = TRY_IN(cat("mounts: ", quoted(place)), make_directories_in_root(root.get(), above));
    if (!S_ISDIR(source.st_mode))
      TRY_IN(cat("mounts: ", quoted(place)),
             open_beneath(directory.get(), place.substr(slash + 1), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  }
  return {};
}

Result<Fd> open_network(const oci::Spec& spec) {
  const auto* network = spec.find_namespace(CLONE_NEWNET);
  if (!network || network->path.empty()) return Fd();
  Fd fd(open(network->path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(errno, cat("linux.namespaces: ", quoted(network->path)));
  return fd;
}

Result<pid_t> read_pid(const std::string& path) {
  auto pid = parse_number<pid_t>(trimmed(TRY(read_file(path, 64))));
  if (!pid || *pid <= 0) return fail(cat(quoted(path), " holds no process id"));
  return *pid;
}

Result<Pidfd> run_criu(const RestoreOptions& options, const oci::Spec& spec, const StateDir& dir,
                       cgroups::Cgroup& cgroup, const ContainerPlan& plan) {
  auto notes = TRY(criu::read_notes(options.criu.images));
  Fd network = TRY(open_network(spec));
  criu::RestoreContext context;
  context.pid_file = dir.restored_pid_file();
  context.empty = TRY(empty_directory(options.create.root));
  context.cgroup = cgroup.location().path;
  context.network = network.get();
  auto words = criu::restore_words(options, spec, notes, context);
  auto process = TRY(criu::Criu::begin(words, options.create.stdio, spec.root.path, network.get()));
  TRY(cgroup.adopt(process.pid()));
  TRY(cgroup.apply(plan.limits));
  TRY(cgroup.apply(plan.devices));
  if (plan.cgroup.driver == cgroups::Driver::cgroupfs)
    TRY(cgroups::attach(plan.hierarchy, cgroup.location().path, process.pid()));
  TRY(process.finish(cat(options.criu.work, "/restore.log")));
  return open_pidfd(TRY(read_pid(context.pid_file)));
}

// prctl(2) sets it for the caller alone: when criu has not, nobody can.
void warn_of_lost_privileges(const oci::Spec& spec, pid_t pid) {
  if (!spec.process->no_new_privileges) return;
  auto status = read_file(cat("/proc/", pid, "/status"));
  if (status && status->find("\nNoNewPrivs:\t0\n") != std::string::npos)
    log_warning("process.noNewPrivileges: this version of criu does not restore no_new_privs");
}

Result<Created> restore_container(const RestoreOptions& options, const oci::Spec& spec, const std::string& config) {
  TRY(check_id(options.create.id));
  TRY(check_restorable(spec));
  auto plan = TRY(plan_container(options.create, spec));
  if (plan.rdt) return fail("linux.intelRdt: restore does not join its groups in this version");
  TRY(make_targets(spec));
  auto state = first_state(options.create, spec);
  set_cgroup(state, plan);
  auto dir = TRY(StateDir::create(options.create.root, options.create.id));
  TRY(dir.write(state));
  TRY(dir.write_config(config));

  auto cgroup = TRY(cgroups::Cgroup::create(plan.hierarchy, plan.cgroup, plan.limits));
  auto init = TRY(run_criu(options, spec, dir, cgroup, plan));
  state.extra[kRestored] = "true";
  state.pid = init.pid;
  state.start_time = read_start_time(init.pid).value_or(0);
  state.cgroup_path = cgroup.location().path;
  state.cgroup_scope = cgroup.location().scope;
  TRY(dir.write(state));
  TRY(write_pid_file(options.create.pid_file, init.pid));
  warn_of_lost_privileges(spec, init.pid);
  cgroup.commit();
  dir.keep();
  return Created{std::move(state), std::move(init), Fd()};
}

}  // namespace

Result<Created> restore(const RestoreOptions& options, const oci::Spec& spec, const std::string& config_text) {
  return TRY_IN(cat("restore ", quoted(options.create.id)), restore_container(options, spec, config_text));
}

}  // namespace lifecycle
