// A container from a bundle and the images of a checkpoint, by criu(8). What criu does not know of is made as create
// makes it: the state on disk, the cgroup with its limits, the places of the mounts, the hooks.
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
#include "runtime/lifecycle/entry.h"
#include "runtime/lifecycle/first_state.h"
#include "runtime/lifecycle/hooks.h"
#include "runtime/lifecycle/live_binds.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/lifecycle/status.h"
#include "sandbox/plan_namespaces.h"
#include "sandbox/plan_process.h"

namespace lifecycle {
namespace {

// A container on its way back.
struct Restoration {
  const RestoreOptions& options;
  const oci::Spec& spec;
  ContainerPlan plan;
  oci::State notes;  // of the container that was
  StateDir dir;
  oci::State state;
  Fd console = {};  // that wants the master of its terminal
  std::optional<sandbox::MovedDevices> net_devices = {};
  bool hooks_ran = false;
};

// The places of binds in the root, which criu wants to be there.
Result<> make_targets(const oci::Spec& spec, const std::vector<criu::Bind>& binds) {
  Fd root(open(spec.root.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.is_open()) return fail_errno(errno, cat("root.path ", quoted(spec.root.path)));
  for (const auto& [place, host] : binds) {
    struct stat source{};
    if (open_in_root(root.get(), place, O_PATH) || stat(host.c_str(), &source) < 0) continue;
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

Result<> take_net_devices(Restoration& restoration) {
  if (restoration.spec.net_devices.empty()) return {};
  Fd network(open(cat("/proc/", restoration.state.pid, "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
  if (!network.is_open()) return fail_errno(errno, "linux.netDevices: open the container's network namespace");
  restoration.net_devices.emplace(TRY(sandbox::MovedDevices::move(restoration.spec.net_devices, std::move(network))));
  return {};
}

// Those of createContainer run in the container's namespaces, and see the host's files: criu makes the mounts later.
Result<> run_inside(const Restoration& restoration, const std::vector<sandbox::Hook>& hooks, const std::string& input) {
  if (hooks.empty()) return {};
  Entry entry;
  entry.state = restoration.state;
  entry.init = TRY(open_pidfd(restoration.state.pid));
  int types = namespaces_to_join(entry);
  Fd pid_namespace = TRY(open_pid_namespace(entry, types));
  Fd state = TRY(memory_file("nacelle-state", input)), output = TRY(memory_file("nacelle-hook", ""));
  sandbox::Plan plan;
  sandbox::plan_join_process(plan, entry.init.fd.get(), types);
  sandbox::plan_hooks(plan, "hooks.createContainer", hooks, plan.borrowed_slot(state.get()),
                      plan.borrowed_slot(output.get()));
  plan.begin("hooks");
  plan.add(sandbox::OpCode::barrier, {.x = static_cast<uint64_t>(sandbox::Barrier::ready)});
  sandbox::LaunchOptions launch;
  launch.pid_namespace = pid_namespace.get();
  auto child = TRY(sandbox::launch(plan, launch));
  return child.follow(plan, sandbox::Barrier::ready, {});
}

// The new init is in its namespaces, and nothing else of the container is there yet.
Result<> furnish(Restoration& restoration, pid_t init) {
  auto& state = restoration.state;
  const auto& hooks = restoration.spec.hooks;
  state.pid = init;
  state.start_time = read_start_time(init).value_or(0);
  TRY(restoration.dir.write(state));
  TRY(take_net_devices(restoration));
  restoration.hooks_ran = !hooks.prestart.empty() || !hooks.create_runtime.empty() || !hooks.create_container.empty();
  const std::string input = oci::state_for_hooks(state, oci::Status::kCreating);
  TRY(run_hooks("hooks.prestart", hooks.prestart, input));
  TRY(run_hooks("hooks.createRuntime", hooks.create_runtime, input));
  return run_inside(restoration, hooks.create_container, input);
}

Result<> heed(Restoration& restoration, const criu::Notice& notice) {
  if (notice.script == "setup-namespaces") return furnish(restoration, notice.pid);
  if (notice.script != "orphan-pts-master" || !restoration.console.is_open()) return {};
  TRY_IN("console socket", send_descriptor(restoration.console.get(), "/dev/ptmx", notice.descriptor.get()));
  restoration.console.reset();
  return {};
}

Result<Pidfd> run_criu(Restoration& restoration, cgroups::Cgroup& cgroup) {
  const auto& options = restoration.options;
  const auto& spec = restoration.spec;
  const auto& plan = restoration.plan;
  Fd network = TRY(open_network(spec));
  criu::RestoreContext context;
  context.binds = criu::binds_of(spec, restoration.state);
  context.empty = TRY(empty_directory(options.create.root));
  context.network = network.get();
  TRY(make_targets(spec, context.binds));
  auto process = TRY(criu::Criu::begin(options.create.stdio, spec.root.path, network.get()));
  auto directories = TRY(criu::open_directories(options.criu, process.pid()));
  TRY(cgroup.adopt(process.pid()));
  TRY(cgroup.apply(plan.limits));
  TRY(cgroup.apply(plan.devices));
  if (plan.cgroup.driver == cgroups::Driver::cgroupfs)
    TRY(cgroups::attach(plan.hierarchy, cgroup.location().path, process.pid()));
  // What criu makes is born where it is itself.
  if (plan.rdt) TRY(cgroups::join_rdt(plan.rdt->group, plan.rdt->monitor, process.pid()));
  const auto request = criu::restore_request(options, directories, spec, restoration.notes, restoration.state, context);
  const pid_t init = TRY(process.perform(request, cat(options.criu.work, "/restore.log"),
                                         [&](const criu::Notice& heard) { return heed(restoration, heard); }));
  if (spec.process->terminal && restoration.console.is_open())
    return fail("process.terminal: the images hold no terminal of the container's");
  return open_pidfd(init);
}

// prctl(2) sets it for the caller alone: when criu has not, nobody can.
void warn_of_lost_privileges(const oci::Spec& spec, pid_t pid) {
  if (!spec.process->no_new_privileges) return;
  auto status = read_file(cat("/proc/", pid, "/status"));
  if (status && status->find("\nNoNewPrivs:\t0\n") != std::string::npos)
    log_warning("process.noNewPrivileges: this version of criu does not restore no_new_privs");
}

Result<Pidfd> act(Restoration& restoration) {
  const auto& create = restoration.options.create;
  const auto& plan = restoration.plan;
  auto& state = restoration.state;
  std::optional<cgroups::RdtGroup> rdt;
  if (plan.rdt) rdt.emplace(TRY(cgroups::RdtGroup::create(*plan.rdt, ::mkdir)));
  auto cgroup = TRY(cgroups::Cgroup::create(plan.hierarchy, plan.cgroup, plan.limits));
  state.cgroup_path = cgroup.location().path;
  state.cgroup_scope = cgroup.location().scope;
  if (restoration.spec.process->terminal)
    restoration.console = TRY(open_console(create.console_socket, create.console));
  Fd pidfd_socket = TRY(open_pidfd_socket(create.pidfd_socket));
  auto init = TRY(run_criu(restoration, cgroup));
  state.extra[kRestored] = "true";
  state.pid = init.pid;
  state.start_time = read_start_time(init.pid).value_or(0);
  state.cgroup_scope = cgroup.location().scope;
  TRY(restoration.dir.write(state));
  TRY(send_pidfd(pidfd_socket, init));
  TRY(write_pid_file(create.pid_file, init.pid));
  warn_of_lost_privileges(restoration.spec, init.pid);
  cgroup.commit();
  if (restoration.net_devices) restoration.net_devices->commit();
  if (rdt) rdt->commit();
  restoration.dir.keep();
  return init;
}

Result<Created> restore_container(const RestoreOptions& options, const oci::Spec& spec, const std::string& config) {
  TRY(check_id(options.create.id));
  auto plan = TRY(plan_container(options.create, spec));
  auto notes = TRY(criu::read_notes(options.criu.images));
  auto state = first_state(options.create, spec);
  set_groups(state, plan);
  for (auto& [destination, source] : live_binds(notes)) remember_bind(state, destination, source);
  auto dir = TRY(StateDir::create(options.create.root, options.create.id));
  TRY(dir.write(state));
  TRY(dir.write_config(config));
  Restoration restoration{options, spec, std::move(plan), std::move(notes), std::move(dir), std::move(state)};
  auto init = act(restoration);
  if (init) return Created{std::move(restoration.state), std::move(*init), Fd()};
  // runtime.md, Lifecycle: when a hook has run, a failure goes on with destroy and the poststop hooks.
  if (restoration.hooks_ran)
    run_all_hooks("hooks.poststop", spec.hooks.poststop,
                  oci::state_for_hooks(restoration.state, oci::Status::kStopped));
  return std::unexpected(std::move(init).error());
}

}  // namespace

Result<Created> restore(const RestoreOptions& options, const oci::Spec& spec, const std::string& config_text) {
  return TRY_IN(cat("restore ", quoted(options.create.id)), restore_container(options, spec, config_text));
}

}  // namespace lifecycle
