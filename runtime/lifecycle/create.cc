// How a container starts: read, plan, act. Whatever was acquired is given back when a step fails: the objects that own
// the state directory, the cgroup and the child are destroyed in the reverse of the order in which they were made.
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/console.h"
#include "runtime/lifecycle/container_plan.h"
#include "runtime/lifecycle/destroy.h"
#include "runtime/lifecycle/first_state.h"
#include "runtime/lifecycle/hooks.h"
#include "runtime/lifecycle/id_maps.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/lifecycle/rootless.h"
#include "runtime/lifecycle/seccomp.h"
#include "runtime/lifecycle/state_dir.h"
#include "sandbox/plan_namespaces.h"

namespace lifecycle {
namespace {

using sandbox::Barrier;

// A container on its way.
struct Creation {
  const CreateOptions& options;
  const oci::Spec& spec;
  ContainerPlan plan;
  StateDir dir;
  oci::State state;
  Fd hook_state = {}, hook_output = {}, seccomp = {};  // files that the child reads, see ContainerPlan
  std::optional<sandbox::MovedDevices> net_devices = {};
  Fd pidfd_socket = {}, notify = {};
  std::optional<cgroups::RdtGroup> rdt = {};
  bool hooks_ran = false, cgroup_refused = false;
};

// systemd makes a scope around a process that exists; the others can be born into their cgroup.
bool must_adopt(const ContainerPlan& plan) {
  return plan.cgroup.driver == cgroups::Driver::systemd;
}

// The state is on disk before anything else exists.
Result<> announce(Creation& creation, const std::string& config_text) {
  set_groups(creation.state, creation.plan);
  remember_start_hooks(creation.state, creation.plan.child, creation.spec.hooks.start_container);
  TRY(creation.dir.write(creation.state));
  TRY(creation.dir.write_config(config_text));
  if (!creation.options.notify_socket.empty() && !creation.dir.has_notify_directory())
    TRY(creation.dir.make_notify_directory());
  if (!creation.spec.masked_paths.empty()) TRY(empty_directory(creation.options.root));
  return {};
}

// The caller's choice, or that of the one who wrote the config: an annotation of crun's.
std::string pidfd_receiver(const Creation& creation) {
  if (!creation.options.pidfd_socket.empty()) return creation.options.pidfd_socket;
  auto annotation = creation.spec.annotations.find("run.oci.pidfd_receiver");
  return annotation == creation.spec.annotations.end() ? "" : annotation->second;
}

// Opens what the plan left open, because it only comes to be now.
Result<> open_slots(Creation& creation, Fd& start_socket, Fd& console) {
  auto& plan = creation.plan;
  auto open = [&](int16_t slot, Fd& owner, Fd fd) {
    owner = std::move(fd);
    plan.child.open_slot(slot, owner.get());
  };
  if (plan.start_socket >= 0) open(plan.start_socket, start_socket, TRY(creation.dir.listen()));
  if (plan.console >= 0)
    open(plan.console, console, TRY(open_console(creation.options.console_socket, creation.options.console)));
  creation.pidfd_socket = TRY(open_pidfd_socket(pidfd_receiver(creation)));
  if (creation.options.start_at_once && !creation.options.notify_socket.empty())
    creation.notify = TRY(creation.dir.listen_for_readiness());
  if (plan.hook_state >= 0) open(plan.hook_state, creation.hook_state, TRY(memory_file("nacelle-state", "")));
  if (plan.hook_output >= 0) open(plan.hook_output, creation.hook_output, TRY(memory_file("nacelle-hook", "")));
  if (plan.seccomp >= 0) open(plan.seccomp, creation.seccomp, TRY(memory_file("nacelle-seccomp", "")));
  return {};
}

Result<> tell_hooks(Creation& creation, oci::Status status) {
  if (!creation.hook_state.is_open()) return {};
  int file = creation.hook_state.get();
  if (ftruncate(file, 0) < 0 || lseek(file, 0, SEEK_SET) < 0) return fail_errno(errno, "rewrite the hooks' state");
  return write_all(file, oci::state_for_hooks(creation.state, status));
}

Result<> remember_process(Creation& creation, const Pidfd& process, const cgroups::Cgroup& cgroup) {
  creation.state.pid = process.pid;
  creation.state.start_time = read_start_time(process.pid).value_or(0);
  creation.state.cgroup_path = cgroup.location().path;
  creation.state.cgroup_scope = cgroup.location().scope;
  return creation.dir.write(creation.state);
}

// config-linux.md, "Cgroup ownership": a container with a cgroup namespace of its own and a writable mount of it owns
// its cgroup, as the host knows its user.
Result<> delegate(const oci::Spec& spec, cgroups::Cgroup& cgroup, Rootless rootless) {
  auto gives_it_away = [](const sandbox::Mount& mount) {
    bool is_cgroup = mount.type == "cgroup" || mount.type == "cgroup2";
    return is_cgroup && mount.destination == "/sys/fs/cgroup" &&
           std::ranges::find(mount.options, "ro") == mount.options.end();
  };
  uint32_t owner = host_id(spec.uid_mappings, spec.process->user.uid);
  if (owner == geteuid() || !sandbox::has_namespace(spec.namespaces, CLONE_NEWCGROUP)) return {};
  if (std::ranges::none_of(spec.mounts, gives_it_away)) return {};
  auto given = cgroup.delegate(owner);
  // A user may not give files away; the container's cgroup is then his own, and read-only as far as it is concerned.
  if (!given && is_refusal(given.error()) && is_rootless(rootless)) return {};
  TRY_IN("hand the cgroup to the container's user", std::move(given));
  return {};
}

// Device rules are a BPF program that only root can load. Without it a user's containers have no more of the devices
// than the user: in a user namespace none can be made, and the modes of the host's hold.
Result<> restrict_devices(const Creation& creation, cgroups::Cgroup& cgroup) {
  auto applied = cgroup.apply(creation.plan.devices);
  if (!applied && is_refusal(applied.error()) && is_rootless(creation.options.rootless)) return {};
  return applied;
}

// What the parent does while the child that was just born makes its mounts. The container's program cannot run before
// this is done: the child waits at Barrier::settled, or for `start`.
Result<> attend_birth(Creation& creation, sandbox::Child& child, cgroups::Cgroup& cgroup) {
  const auto& spec = creation.spec;
  pid_t pid = child.process().pid;
  if ((creation.plan.launch.namespaces & CLONE_NEWUSER) != 0) {
    TRY(write_id_maps(pid, spec.uid_mappings, spec.gid_mappings));
    TRY(child.go_on());
  }
  TRY(remember_process(creation, child.process(), cgroup));
  TRY(tell_hooks(creation, oci::Status::kCreating));
  if (creation.plan.rdt) TRY(cgroups::join_rdt(creation.plan.rdt->group, creation.plan.rdt->monitor, pid));
  if (!must_adopt(creation.plan)) {
    TRY(restrict_devices(creation, cgroup));
    TRY(delegate(spec, cgroup, creation.options.rootless));
  }
  if (creation.seccomp.is_open()) TRY(write_seccomp(*creation.plan.profile, creation.seccomp.get()));
  return {};
}

Result<> run_create_hooks(Creation& creation) {
  creation.hooks_ran = true;
  std::string state = oci::state_for_hooks(creation.state, oci::Status::kCreating);
  TRY(run_hooks("hooks.prestart", creation.spec.hooks.prestart, state));
  return run_hooks("hooks.createRuntime", creation.spec.hooks.create_runtime, state);
}

// Where namespaces want it, the process that was born makes another one that goes on in its place.
Result<> follow_fork(Creation& creation, const sandbox::Child& child, const cgroups::Cgroup& cgroup) {
  TRY(remember_process(creation, child.process(), cgroup));
  return tell_hooks(creation, oci::Status::kCreating);
}

Result<> take_net_devices(Creation& creation, pid_t pid) {
  Fd network(open(cat("/proc/", pid, "/ns/net").c_str(), O_RDONLY | O_CLOEXEC));
  if (!network.is_open()) return fail_errno(errno, "linux.netDevices: open the container's network namespace");
  creation.net_devices.emplace(TRY(sandbox::MovedDevices::move(creation.spec.net_devices, std::move(network))));
  return {};
}

Result<> at_barrier(Creation& creation, sandbox::Child& child, cgroups::Cgroup& cgroup, Barrier barrier,
                    int descriptor) {
  if (child.process().pid != creation.state.pid) TRY(follow_fork(creation, child, cgroup));
  switch (barrier) {
    case Barrier::placed:
      TRY(cgroup.adopt(child.process().pid));
      TRY(cgroup.apply(creation.plan.limits));
      TRY(restrict_devices(creation, cgroup));
      TRY(delegate(creation.spec, cgroup, creation.options.rootless));
      return remember_process(creation, child.process(), cgroup);
    case Barrier::clocks: return sandbox::write_clock_offsets(child.process().pid, creation.spec.time_offsets);
    case Barrier::network: return take_net_devices(creation, child.process().pid);
    case Barrier::rootfs: return run_create_hooks(creation);
    case Barrier::ready:
    case Barrier::settled: {
      // Those of startContainer come now, in the child.
      creation.hooks_ran = creation.hooks_ran || !creation.spec.hooks.start_container.empty();
      const auto& process = *creation.spec.process;
      TRY(write_oom_score(child.process().pid, process, creation.options.rootless));
      TRY(sandbox::schedule(child.process().pid, process.scheduler, process.io_priority, {}));
      return tell_hooks(creation, oci::Status::kCreated);
    }
    case Barrier::listener:
      return pass_listener(*creation.spec.seccomp, creation.state, oci::Status::kCreated, creation.state.pid,
                           descriptor);
    default: return {};
  }
}

// The limits hold before the child is born into the cgroup, so that all it does counts.
Result<cgroups::Cgroup> make_cgroup(Creation& creation) {
  const auto& plan = creation.plan;
  auto cgroup = cgroups::Cgroup::create(plan.hierarchy, plan.cgroup, plan.limits);
  creation.cgroup_refused = !cgroup && is_refusal(cgroup.error());
  if (cgroup && !must_adopt(plan)) TRY(cgroup->apply(plan.limits));
  return cgroup;
}

Result<sandbox::Child> launch_child(Creation& creation) {
  const auto& plan = creation.plan;
  auto child = sandbox::launch(plan.child, plan.launch);
  // cgroup-v2.rst, "Delegation Containment": the way into a cgroup must be one's own, too, not only the cgroup.
  creation.cgroup_refused = !child && child.error().err == EACCES && plan.launch.cgroup >= 0;
  return child;
}

Result<Pidfd> act(Creation& creation) {
  auto& plan = creation.plan;
  auto cgroup = TRY(make_cgroup(creation));
  if (plan.rdt) creation.rdt.emplace(TRY(cgroups::RdtGroup::create(*plan.rdt, ::mkdir)));
  Fd start_socket, console;
  TRY(open_slots(creation, start_socket, console));
  plan.launch.cgroup = cgroup.directory();

  auto child = TRY(launch_child(creation));
  TRY(attend_birth(creation, child, cgroup));
  if (plan.settled_in_advance) TRY(child.go_on());
  auto last = creation.options.start_at_once ? Barrier::exec : Barrier::ready;
  TRY(child.follow(plan.child, last, [&](Barrier barrier, const Fd& descriptor) {
    return at_barrier(creation, child, cgroup, barrier, descriptor.get());
  }));

  if (!creation.options.start_at_once) TRY(creation.dir.publish());
  TRY(send_pidfd(creation.pidfd_socket, child.process()));
  TRY(write_pid_file(creation.options.pid_file, child.process().pid));
  if (!creation.options.start_at_once) TRY(child.go_on());  // from now on it waits for start, whether we live or not
  cgroup.commit();
  if (creation.net_devices) creation.net_devices->commit();
  if (creation.rdt) creation.rdt->commit();
  creation.dir.keep();
  return child.let_go();
}

// A user to whom no cgroup was handed goes without one, unless limits are asked for.
Result<Pidfd> act_without_cgroup(Creation& creation, const std::string& config_text, Error refusal) {
  if (!creation.plan.limits.writes.empty())
    return std::unexpected(without_delegation(creation.plan.limits.writes[0].field, std::move(refusal)));
  log_debug(cat("without a cgroup: ", refusal.text()));
  CreateOptions options = creation.options;
  options.driver = cgroups::Driver::disabled;
  creation.plan = TRY(plan_container(options, creation.spec));
  TRY(announce(creation, config_text));
  return act(creation);
}

Result<Created> create_container(const CreateOptions& options, const oci::Spec& spec, const std::string& config_text) {
  TRY(check_id(options.id));
  auto plan = TRY(plan_container(options, spec));
  if (is_debug()) log_debug(cat("plan of container ", quoted(options.id), ":\n", plan.child.print()));
  auto state = first_state(options, spec);
  auto dir = TRY(StateDir::create(options.root, options.id));
  Creation creation{options, spec, std::move(plan), std::move(dir), std::move(state)};
  TRY(announce(creation, config_text));

  auto init = act(creation);
  if (!init && creation.cgroup_refused && is_rootless(options.rootless))
    init = act_without_cgroup(creation, config_text, std::move(init).error());
  if (!init) {
    // runtime.md, Lifecycle: when a hook has run, a failure goes on with destroy and the poststop hooks.
    if (creation.hooks_ran)
      run_all_hooks("hooks.poststop", spec.hooks.poststop, oci::state_for_hooks(creation.state, oci::Status::kStopped));
    return std::unexpected(std::move(init).error());
  }
  if (options.start_at_once && !spec.hooks.poststart.empty()) {
    std::string shown = oci::state_for_hooks(creation.state, oci::Status::kRunning);
    auto hooks = run_hooks("hooks.poststart", spec.hooks.poststart, shown);
    if (!hooks) return destroy_after(std::move(hooks).error(), creation.dir, creation.state);
  }
  return Created{std::move(creation.state), std::move(*init), std::move(creation.notify)};
}

}  // namespace

Result<Created> create(const CreateOptions& options, const oci::Spec& spec, const std::string& config_text) {
  return TRY_IN(cat("create ", quoted(options.id)), create_container(options, spec, config_text));
}

}  // namespace lifecycle
