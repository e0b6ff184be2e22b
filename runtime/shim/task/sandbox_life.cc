// Methods that a sandbox lives by: Create, Start, Stop, Wait, Shutdown. containerd publishes its events itself.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/oci/spec_json.h"
#include "runtime/shim/task/making.h"
#include "runtime/shim/task/methods.h"
#include "runtime/shim/task/pod_folder.h"
#include "sandbox/pause/program.h"

namespace shim {
namespace {

constexpr uint32_t kCannotExecute = 255;
constexpr int64_t kSecond = 1000;
constexpr int64_t kReminder = 200;       // milliseconds
constexpr size_t kPauseLimit = 1 << 20;  // bytes

// All sandboxes have the same root, which none can write to. It is not in the bundle: no user namespace's root gets in
// there, and containerd takes the bundle's rootfs away only when that is empty.
Result<> prepare_root(const std::string& root) {
  const std::string program = cat(root, "/", kPauseName);
  TRY(make_directories(root, 0755));
  const auto there = read_file(program, kPauseLimit);
  if (there && *there == ::sandbox::pause_program()) return {};
  return replace_file(program, ::sandbox::pause_program(), 0555);  // another version's may be running still
}

// What the worker may lower its own score to, it may give the sandbox: without CAP_SYS_RESOURCE that is less (proc(5)).
int lowest_score(int wanted) {
  constexpr const char* kScore = "/proc/self/oom_score_adj";
  if (write_kernel_file_at(-1, kScore, cat(wanted))) return wanted;
  const auto own = read_file(kScore, 16);
  return own ? parse_number<int>(trimmed(*own)).value_or(0) : 0;
}

// The shim's own output is not for it: whoever reads that would wait for its end.
Result<std::string> make_in_root(const Sandbox& sandbox) {
  const Pod& pod = sandbox.pod;
  const Fd null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.is_open()) return fail_errno(errno, "open '/dev/null'");
  oci::Spec planned = pod_spec(pod, sandbox.pause_root);
  planned.process->oom_score_adj = lowest_score(planned.process->oom_score_adj.value_or(0));
  const std::string text = oci::spec_to_json(planned);
  const oci::Spec spec = TRY(oci::read_spec(text, pod.bundle, "sandbox"));  // again, for its checks
  lifecycle::CreateOptions options;
  options.root = sandbox.root;
  options.id = pod.id;
  options.bundle = pod.bundle;
  options.driver = is_in_slice(pod) ? cgroups::Driver::systemd : cgroups::Driver::cgroupfs;
  options.stdio = {null.get(), null.get(), null.get()};
  options.start_at_once = true;
  const auto created = TRY(lifecycle::create(options, spec, text));
  Made made;
  made.pid = created.init.pid;
  made.cgroup_path = created.state.cgroup_path;
  return pack(made);
}

// For a worker. When it fails, nothing is left but files in the bundle.
Result<std::string> make_sandbox(const Sandbox& sandbox) {
  TRY(publish_file(cat(sandbox.pod.bundle, "/", kRuntimeRootFile), sandbox.root));
  TRY(prepare_root(sandbox.pause_root));
  TRY_IN("files of the pod", make_pod_folder(sandbox.pod));
  auto made = make_in_root(sandbox);
  if (!made) (void)unmount_pod_folder(sandbox.pod.bundle);
  return made;
}

// What is told of a pod is told of its parent cgroup, where its containers are, too.
std::string metrics_cgroup(const Pod& pod, const std::string& own) {
  const bool has_parent = pod.config.linux_config && !pod.config.linux_config->cgroup_parent.empty();
  return has_parent ? own.substr(0, own.rfind('/')) : own;
}

Result<> take_started(Daemon& daemon, Sandbox& sandbox, const std::string& given) {
  const Made made = TRY(unpack_made(given));
  sandbox.metrics_cgroup = metrics_cgroup(sandbox.pod, made.cgroup_path);
  has_pid(daemon, sandbox.process, made.pid);
  return {};
}

void not_started(const std::shared_ptr<Sandbox>& sandbox) {
  sandbox->process.end = {kCannotExecute, exit_now(0).at};
  sandbox->process.state = Process::State::running;
  tell_end(sandbox);
}

// Runs in a worker what takes away all of it; `then` hears how that went.
void take_away(Daemon& daemon, const std::shared_ptr<Sandbox>& sandbox, const Workers::Then& then) {
  const auto work = [&]() -> Result<std::string> {
    TRY(remove_remains(sandbox->pod.bundle, sandbox->pod.id));
    return std::string();
  };
  const auto begun = daemon.workers.run({}, work, then);
  if (!begun) then(std::unexpected(begun.error()));
}

void started(Daemon& daemon, const std::shared_ptr<Sandbox>& sandbox, const Asker& asker,
             const Result<std::string>& given) {
  sandbox->process.worker = 0;
  const Result<> taken = given ? take_started(daemon, *sandbox, *given) : std::unexpected(given.error());
  if (taken) {
    sandbox->process.state = Process::State::running;
    answer(asker, wire::StartSandboxResponse{static_cast<uint32_t>(sandbox->process.pid),
                                             timestamp(sandbox->created_at), std::nullopt});
    return tell_end(sandbox);
  }
  refuse(asker, taken.error());
  if (!is_lost_worker(taken.error())) return not_started(sandbox);
  take_away(daemon, sandbox, [sandbox](const Result<std::string>& gone) {
    if (!gone) log_warning(cat("take away sandbox ", quoted(sandbox->pod.id), ": ", gone.error().text()));
    not_started(sandbox);
  });
}

// Without a worker it is being given up already.
void give_up_start(const Process& process) {
  if (process.worker > 0) ::kill(process.worker, SIGKILL);
}

// Again and again: one that has only just been executed does not wait for the signal yet, and as PID 1 of its namespace
// never gets it then (kernel/signal.c, sig_ignored).
void ask_to_end(Daemon& daemon, const std::shared_ptr<Sandbox>& sandbox, int64_t deadline) {
  const Process& process = sandbox->process;
  if (process.end) return;
  const int64_t left = deadline - monotonic_ms();
  ::kill(process.pid, left > 0 ? SIGTERM : SIGKILL);
  if (left > 0)
    daemon.loop.after(std::min(left, kReminder),
                      [&daemon, sandbox, deadline] { ask_to_end(daemon, sandbox, deadline); });
}

void shut_down(Daemon& daemon, const std::shared_ptr<Sandbox>& sandbox, const Asker& asker) {
  take_away(daemon, sandbox, [&daemon, sandbox, asker](const Result<std::string>& gone) {
    sandbox->is_being_shut_down = static_cast<bool>(gone);
    if (!gone) return refuse(asker, gone.error());
    const auto forget = [&daemon, asker](const Process&) {
      daemon.sandbox.reset();
      daemon.is_to_end = daemon.tasks.empty();
      answer(asker);
    };
    if (!sandbox->process.is_alive()) return forget(sandbox->process);
    sandbox->process.when_stopped.emplace_back(forget);
  });
}

}  // namespace

void tell_end(const std::shared_ptr<Sandbox>& sandbox) {
  Process& process = sandbox->process;
  if (!process.end || process.state != Process::State::running) return;
  process.state = Process::State::stopped;
  for (const auto& told : std::exchange(process.when_stopped, {})) told(process);
}

void create_sandbox(Daemon& daemon, const wire::CreateSandboxRequest& request, const Asker& asker) {
  if (daemon.sandbox)
    return refuse(asker, wire::Code::already_exists,
                  cat("sandbox ", quoted(daemon.sandbox->pod.id), " already exists: a shim has one"));
  auto pod = read_pod(daemon.settings.ns, request);
  if (!pod) return refuse(asker, wire::Code::invalid_argument, pod.error().text());
  daemon.sandbox = std::make_shared<Sandbox>();
  daemon.sandbox->pod = *std::move(pod);
  daemon.sandbox->root = cat(daemon.settings.default_root, "/", daemon.settings.ns);
  daemon.sandbox->pause_root =
      cat(daemon.settings.default_root, "/.pause");  // no namespace of containerd's is named so
  daemon.sandbox->created_at = exit_now(0).at;
  answer(asker);
}

void start_sandbox(Daemon& daemon, const wire::StartSandboxRequest& request, const Asker& asker) {
  const auto sandbox = find_sandbox(daemon, request.sandbox_id, asker);
  if (!sandbox) return;
  if (sandbox->process.state != Process::State::created || sandbox->is_being_shut_down)
    return refuse(asker, wire::Code::failed_precondition,
                  cat("sandbox ", quoted(request.sandbox_id), " is not waiting to be started"));
  const auto begun = daemon.workers.run(
      {}, [&] { return make_sandbox(*sandbox); },
      [&daemon, sandbox, asker](const Result<std::string>& given) { started(daemon, sandbox, asker, given); });
  if (!begun) return refuse(asker, begun.error());
  sandbox->process.state = Process::State::starting;
  sandbox->process.worker = *begun;
}

// In its own time, or with a timeout of 0 at once. Stopped already, or never started, is as good.
void stop_sandbox(Daemon& daemon, const wire::StopSandboxRequest& request, const Asker& asker) {
  const auto sandbox = find_sandbox(daemon, request.sandbox_id, asker);
  if (!sandbox) return;
  Process& process = sandbox->process;
  if (!process.is_alive()) return answer(asker);
  process.when_stopped.emplace_back([asker](const Process&) { answer(asker); });
  if (process.state == Process::State::starting) return give_up_start(process);
  ask_to_end(daemon, sandbox, monotonic_ms() + request.timeout_secs * kSecond);
}

void wait_sandbox(Daemon& daemon, const wire::WaitSandboxRequest& request, const Asker& asker) {
  const auto sandbox = find_sandbox(daemon, request.sandbox_id, asker);
  if (!sandbox) return;
  const auto tell = [asker](const Process& process) {
    answer(asker, wire::WaitSandboxResponse{process.end->status, timestamp(process.end->at)});
  };
  if (sandbox->process.state == Process::State::stopped) return tell(sandbox->process);
  sandbox->process.when_stopped.emplace_back(tell);
}

// containerd asks for it, too, when CreateSandbox was refused: then there is nothing but the shim to be ended.
void shut_down_sandbox(Daemon& daemon, const wire::ShutdownSandboxRequest& request, const Asker& asker) {
  if (!daemon.sandbox) {
    daemon.is_to_end = daemon.tasks.empty();
    return answer(asker);
  }
  const auto sandbox = find_sandbox(daemon, request.sandbox_id, asker);
  if (!sandbox) return;
  if (sandbox->is_being_shut_down)
    return refuse(asker, wire::Code::failed_precondition, "the sandbox is being shut down");
  sandbox->is_being_shut_down = true;
  if (sandbox->process.state != Process::State::starting) return shut_down(daemon, sandbox, asker);
  sandbox->process.when_stopped.emplace_back(
      [&daemon, sandbox, asker](const Process&) { shut_down(daemon, sandbox, asker); });
  give_up_start(sandbox->process);
}

}  // namespace shim
