// A process more in a running container: the same executor, with a plan that joins instead of making.
#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "runtime/lifecycle/console.h"
#include "runtime/lifecycle/container_plan.h"
#include "runtime/lifecycle/entry.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/lifecycle/rootless.h"
#include "runtime/lifecycle/seccomp.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/lifecycle/status.h"
#include "sandbox/plan_devices.h"
#include "sandbox/plan_namespaces.h"
#include "sandbox/plan_process.h"

namespace lifecycle {
namespace {

using sandbox::Barrier;
using sandbox::OpCode;

// The cgroup that the process is born into.
Result<Fd> open_cgroup(const Entry& entry, const std::string& below) {
  if (entry.state.cgroup_path.empty()) return Fd();
  auto hierarchy = TRY(cgroups::read_hierarchy());
  if (!below.empty() && below.find("..") != std::string::npos)
    return fail(cat("cgroup ", quoted(below), ": must not hold '..'"));
  std::string path = below.empty() ? entry.state.cgroup_path : cat(entry.state.cgroup_path, "/", below);
  return cgroups::open_directory(hierarchy, path);
}

// A container that has made sub-cgroups may have no process in its own any more: then where its init is.
Result<sandbox::Child> launch_in_cgroup(const Entry& entry, const sandbox::Plan& plan, sandbox::LaunchOptions options) {
  auto child = sandbox::launch(plan, options);
  // cgroup-v2.rst, "Delegation Containment".
  if (!child && child.error().err == EACCES && options.cgroup >= 0)
    child.error().hint =
        "a user enters his container's cgroup only out of one that belongs to him: that of his systemd, or "
        "of the subtree that was handed to him";
  if (child || child.error().err != EBUSY) return child;
  auto hierarchy = TRY(cgroups::read_hierarchy());
  Fd directory = TRY(cgroups::open_directory(hierarchy, TRY(cgroups::read_path_of(entry.init.pid))));
  options.cgroup = directory.get();
  return sandbox::launch(plan, options);
}

// What the plan's slots need, and what the parent fills while the child is under way.
struct Slots {
  Fd console, seccomp;
  std::optional<security::CheckedProfile> profile;
};

Result<sandbox::Plan> plan_exec(const ExecOptions& options, const Entry& entry, int types, Slots& slots) {
  const auto& process = options.process;
  if (process.args.empty()) return fail("process.args: missing");
  sandbox::Plan plan;
  plan.keep_fds(3 + options.preserve_fds);
  sandbox::ProcessContext context;
  context.attributes = TRY(plan_labels(process));
  context.capabilities = TRY(plan_capabilities(process, (types & CLONE_NEWUSER) != 0));
  if (!context.attributes.empty()) context.proc = sandbox::plan_proc(plan);
  plan_oom_score(plan, process, Rootless::automatic);
  sandbox::plan_join_process(plan, entry.init.fd.get(), types);
  sandbox::plan_identity(plan, {}, cat("_ses.", options.id), "", "");
  if (process.terminal) {
    slots.console = TRY(open_console(options.console_socket, options.console));
    int16_t console = plan.borrowed_slot(slots.console.get()), root = plan.slot();
    plan.add(OpCode::open_host, {.out = root, .a = plan.text("/"), .x = O_PATH | O_DIRECTORY});
    sandbox::plan_stdio(plan, sandbox::plan_exec_terminal(plan, root, console, process));
  }
  context.settle_at_barrier = is_scheduled(process);
  if (entry.spec.seccomp) {
    slots.profile = TRY(security::check_profile(*entry.spec.seccomp));
    slots.seccomp = TRY(memory_file("nacelle-seccomp", ""));
    context.seccomp = plan.borrowed_slot(slots.seccomp.get());
    context.notifies = slots.profile->notifies;
  }
  context.personality = entry.spec.personality;
  context.memory_policy = entry.spec.memory_policy;
  sandbox::plan_process(plan, process, context);
  return plan;
}

void inherit(sandbox::Process& process, const sandbox::Process& container) {
  if (!process.capabilities) process.capabilities = container.capabilities;
  if (process.rlimits.empty()) process.rlimits = container.rlimits;
  if (process.apparmor_profile.empty()) process.apparmor_profile = container.apparmor_profile;
  if (process.selinux_label.empty()) process.selinux_label = container.selinux_label;
  if (!process.oom_score_adj) process.oom_score_adj = container.oom_score_adj;
  if (!process.scheduler) process.scheduler = container.scheduler;
  if (!process.io_priority) process.io_priority = container.io_priority;
  auto& cpus = process.exec_cpu_affinity;
  if (cpus.initial.empty() && cpus.final.empty()) cpus = container.exec_cpu_affinity;
}

Result<Pidfd> exec_in_container(ExecOptions options) {
  auto entry = TRY(open_running(options.root, options.id, std::move(options.config)));
  if (options.inherits && entry.spec.process) inherit(options.process, *entry.spec.process);
  if (entry.status == oci::Status::kPaused && !options.ignore_paused) return fail("cannot exec in a paused container");
  int types = namespaces_to_join(entry);
  Slots slots;
  sandbox::LaunchOptions launch;
  launch.stdio = options.stdio;
  Fd pid_namespace = TRY(open_pid_namespace(entry, types));
  Fd pidfd_socket = TRY(open_pidfd_socket(options.pidfd_socket));
  Fd cgroup = TRY(open_cgroup(entry, options.cgroup));
  launch.pid_namespace = pid_namespace.get();
  launch.cgroup = cgroup.get();
  launch.cpus = options.process.exec_cpu_affinity.initial;
  auto plan = TRY(plan_exec(options, entry, types, slots));

  auto child = TRY(launch_in_cgroup(entry, plan, launch));
  if (auto group = entry.state.extra.find("rdtGroup"); group != entry.state.extra.end()) {
    auto monitor = entry.state.extra.find("rdtMonitorMade");
    TRY(cgroups::join_rdt(group->second, monitor == entry.state.extra.end() ? "" : monitor->second,
                          child.process().pid));
  }
  if (slots.profile) TRY(write_seccomp(*slots.profile, slots.seccomp.get()));
  if (!is_scheduled(options.process)) TRY(child.go_on());
  auto at_barrier = [&](Barrier barrier, const Fd& descriptor) -> Result<> {
    if (barrier == Barrier::listener)
      return pass_listener(*entry.spec.seccomp, entry.state, entry.status, child.process().pid, descriptor.get());
    if (barrier != Barrier::settled) return {};
    const auto& process = options.process;
    TRY(write_oom_score(child.process().pid, process, Rootless::automatic));
    return sandbox::schedule(child.process().pid, process.scheduler, process.io_priority,
                             process.exec_cpu_affinity.final);
  };
  TRY(child.follow(plan, Barrier::exec, at_barrier));
  TRY(send_pidfd(pidfd_socket, child.process()));
  TRY(write_pid_file(options.pid_file, child.process().pid));
  return child.let_go();
}

}  // namespace

Result<oci::Spec> read_container_config(const std::string& root, const std::string& id) {
  auto dir = TRY(StateDir::open(root, id));
  auto state = TRY(dir.read());
  auto spec = TRY(oci::read_spec(TRY(dir.read_config()), state.bundle));
  if (!spec.process) return fail("process: missing");
  return spec;
}

Result<Pidfd> exec(ExecOptions options) {
  TRY(StateDir::open(options.root, options.id));
  const std::string context = cat("exec in ", quoted(options.id));
  return TRY_IN(context, exec_in_container(std::move(options)));
}

}  // namespace lifecycle
