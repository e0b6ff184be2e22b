// How a container starts: read, plan, act. Whatever was acquired is given back when a step fails: the objects that own
// the state directory, the cgroup and the child are destroyed in the reverse of the order in which they were made.
#include <sched.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/console.h"
#include "runtime/lifecycle/container_plan.h"
#include "runtime/lifecycle/hooks.h"
#include "runtime/lifecycle/id_maps.h"
#include "runtime/lifecycle/lifecycle.h"
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
  bool hooks_ran = false;
};

oci::State first_state(const CreateOptions& options, const oci::Spec& spec, const cgroups::Location& cgroup) {
  oci::State state;
  state.version = spec.version;
  state.id = options.id;
  state.bundle = options.bundle;
  state.rootfs = spec.root.path;
  state.created = oci::timestamp();
  state.owner = geteuid();
  state.namespaces = spec.namespaces;
  state.annotations = spec.annotations;
  state.poststart = spec.hooks.poststart;
  state.poststop = spec.hooks.poststop;
  state.cgroup_manager = std::string(cgroups::name_of(cgroup.driver));
  state.cgroup_path = cgroup.path;
  state.cgroup_scope = cgroup.scope;
  return state;
}

// How many directories above the cgroup will have to be made: it is on disk before they are, so that a creation that
// is killed can be undone whole.
int count_missing_parents(const cgroups::Hierarchy& hierarchy, const std::string& path) {
  int missing = 0;
  for (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0; slash = path.rfind('/', slash - 1)) {
    if (path_exists(hierarchy.mount + path.substr(0, slash))) break;
    missing++;
  }
  return missing;
}

// systemd makes a scope around a process that exists; the others can be born into their cgroup.
bool must_adopt(const ContainerPlan& plan) {
  return plan.cgroup.driver == cgroups::Driver::systemd;
}

// The state is on disk before anything else exists.
Result<> announce(Creation& creation, const std::string& config_text) {
  const auto& plan = creation.plan;
  int parents =
      plan.cgroup.driver == cgroups::Driver::cgroupfs ? count_missing_parents(plan.hierarchy, plan.cgroup.path) : 0;
  if (parents > 0) creation.state.extra["cgroupParentsMade"] = cat(parents);
  TRY(creation.dir.write(creation.state));
  TRY(creation.dir.write_config(config_text));
  if (!creation.spec.masked_paths.empty()) TRY(empty_directory(creation.options.root));
  return {};
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
Result<> delegate(const oci::Spec& spec, cgroups::Cgroup& cgroup) {
  auto gives_it_away = [](const sandbox::Mount& mount) {
    bool is_cgroup = mount.type == "cgroup" || mount.type == "cgroup2";
    return is_cgroup && mount.destination == "/sys/fs/cgroup" &&
           std::ranges::find(mount.options, "ro") == mount.options.end();
  };
  uint32_t owner = host_id(spec.uid_mappings, spec.process->user.uid);
  if (owner == geteuid() || !sandbox::has_namespace(spec.namespaces, CLONE_NEWCGROUP)) return {};
  if (std::ranges::none_of(spec.mounts, gives_it_away)) return {};
  TRY_IN("hand the cgroup to the container's user", cgroup.delegate(owner));
  return {};
}

// What the parent does while the child that was just born makes its mounts. The container's program cannot run before
// this is done: the child waits at Barrier::settled, or for `start`.
Result<> attend_birth(Creation& creation, sandbox::Child& child, cgroups::Cgroup& cgroup) {
  const auto& spec = creation.spec;
  pid_t pid = child.process().pid;
  if (spec.process->oom_score_adj) TRY(write_oom_score(pid, *spec.process->oom_score_adj));
  if ((creation.plan.launch.namespaces & CLONE_NEWUSER) != 0) {
    TRY(write_id_maps(pid, spec.uid_mappings, spec.gid_mappings));
    TRY(child.go_on());
  }
  TRY(remember_process(creation, child.process(), cgroup));
  TRY(tell_hooks(creation, oci::Status::kCreating));
  if (!must_adopt(creation.plan)) {
    TRY(cgroup.apply(creation.plan.devices));
    TRY(delegate(spec, cgroup));
  }
  if (creation.seccomp.is_open()) TRY(write_seccomp(*spec.seccomp, creation.seccomp.get()));
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
  const auto& score = creation.spec.process->oom_score_adj;
  if (score) TRY(write_oom_score(child.process().pid, *score));
  TRY(remember_process(creation, child.process(), cgroup));
  return tell_hooks(creation, oci::Status::kCreating);
}

Result<> at_barrier(Creation& creation, sandbox::Child& child, cgroups::Cgroup& cgroup, Barrier barrier) {
  if (child.process().pid != creation.state.pid) TRY(follow_fork(creation, child, cgroup));
  switch (barrier) {
    case Barrier::placed:
      TRY(cgroup.adopt(child.process().pid));
      TRY(cgroup.apply(creation.plan.limits));
      TRY(cgroup.apply(creation.plan.devices));
      TRY(delegate(creation.spec, cgroup));
      return remember_process(creation, child.process(), cgroup);
    case Barrier::clocks: return sandbox::write_clock_offsets(child.process().pid, creation.spec.time_offsets);
    case Barrier::rootfs: return run_create_hooks(creation);
    case Barrier::ready:
    case Barrier::settled: {
      const auto& process = *creation.spec.process;
      TRY(sandbox::schedule(child.process().pid, process.scheduler, process.io_priority, {}));
      return tell_hooks(creation, oci::Status::kCreated);
    }
    default: return {};
  }
}

// The limits hold before the child is born into the cgroup, so that all it does counts.
Result<cgroups::Cgroup> make_cgroup(const ContainerPlan& plan) {
  auto cgroup = TRY(cgroups::Cgroup::create(plan.hierarchy, plan.cgroup, plan.limits));
  if (!must_adopt(plan)) TRY(cgroup.apply(plan.limits));
  return cgroup;
}

Result<Pidfd> act(Creation& creation) {
  auto& plan = creation.plan;
  auto cgroup = TRY(make_cgroup(plan));
  Fd start_socket, console;
  TRY(open_slots(creation, start_socket, console));
  plan.launch.cgroup = cgroup.directory();

  auto child = TRY(sandbox::launch(plan.child, plan.launch));
  TRY(attend_birth(creation, child, cgroup));
  if (plan.settled_in_advance) TRY(child.go_on());
  auto last = creation.options.start_at_once ? Barrier::exec : Barrier::ready;
  TRY(child.follow(plan.child, last, [&](Barrier barrier) { return at_barrier(creation, child, cgroup, barrier); }));

  if (!creation.options.start_at_once) TRY(creation.dir.publish());
  TRY(write_pid_file(creation.options.pid_file, child.process().pid));
  cgroup.commit();
  creation.dir.keep();
  return child.let_go();
}

Result<Created> create_container(const CreateOptions& options, const oci::Spec& spec, const std::string& config_text) {
  TRY(check_id(options.id));
  auto plan = TRY(plan_container(options, spec));
  if (is_debug()) log_debug(cat("plan of container ", quoted(options.id), ":\n", plan.child.print()));
  auto state = first_state(options, spec, plan.cgroup);
  auto dir = TRY(StateDir::create(options.root, options.id));
  Creation creation{options, spec, std::move(plan), std::move(dir), std::move(state)};
  TRY(announce(creation, config_text));

  auto init = act(creation);
  if (!init) {
    // runtime.md, Lifecycle: when a hook has run, a failure goes on with destroy and the poststop hooks.
    if (creation.hooks_ran)
      run_all_hooks("hooks.poststop", spec.hooks.poststop, oci::state_for_hooks(creation.state, oci::Status::kStopped));
    return std::unexpected(std::move(init).error());
  }
  if (options.start_at_once)
    run_all_hooks("hooks.poststart", spec.hooks.poststart, oci::state_for_hooks(creation.state, oci::Status::kRunning));
  return Created{std::move(creation.state), std::move(*init)};
}

}  // namespace

Result<Created> create(const CreateOptions& options, const oci::Spec& spec, const std::string& config_text) {
  return TRY_IN(cat("create ", quoted(options.id)), create_container(options, spec, config_text));
}

Result<Created> create(const CreateOptions& options, const std::string& config) {
  std::string path = join_path(options.bundle, config);
  auto read = [&]() -> Result<Created> {
    std::string text = TRY(read_file(path));
    auto spec = TRY(oci::read_spec(text, options.bundle));
    return create_container(options, spec, text);
  };
  return TRY_IN(cat("create ", quoted(options.id)), read());
}

}  // namespace lifecycle
