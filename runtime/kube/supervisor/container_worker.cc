#include "runtime/kube/supervisor/container_worker.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "cgroups/control.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/sandbox/pod_files.h"
#include "runtime/kube/supervisor/status.h"
#include "runtime/kube/supervisor/teardown.h"
#include "runtime/kube/supervisor/wording.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {
namespace {

// What the kubelet reports of a container that could not be started.
constexpr int kStartErrorCode = 128;

std::string shown_id(const std::string& id) {
  return cat("nacelle://", id);
}

ContainerUser shown_user(const Identity& identity) {
  LinuxUser user{.uid = identity.user.uid, .gid = identity.user.gid};
  for (const uint32_t gid : identity.user.additional_gids) user.supplemental_groups.push_back(gid);
  return {.linux_user = user};
}

}  // namespace

void ContainerWorker::start() {
  remove_old_log();
  Result<LogWriter> log = LogWriter::open(log_path(state_.place, state_.pod.metadata, container().name, attempts_));
  if (!log) return on_failed({StartFailure::Step::create, log.error().text()});
  StartResult<StartedContainer> started =
      start_container(state_.place, state_.context, container(), oci_root(state_.dir));
  if (started)
    on_started(*std::move(started), *std::move(log));
  else
    on_failed(started.error());
  state_.is_changed = true;
}

void ContainerWorker::on_started(StartedContainer started, LogWriter log) {
  ContainerStatus& status = this->status();
  if (status.state.terminated) status.last_state = status.state;
  status.state = {.running = StateRunning{now()}};
  status.ready = true;
  status.started = true;
  status.restart_count = attempts_++;
  status.container_id = shown_id(started.id);
  status.image_id = started.image_id;
  status.user = shown_user(started.identity);
  status.resources = container().resources;
  status.allocated_resources = container().resources.requests;
  for (std::string& message : started.skipped)
    say(pod_event("Warning", "InvalidEnvironmentVariableNames", std::move(message)));
  say(pulled_event(container()));
  say(created_event(container()));
  say(started_event(container()));
  const int wanted = oom_score_adj(state_.pod.spec, container(), state_.context.node.memory);
  if (wanted < state_.context.node.least_oom_score_adj)
    say(oom_score_event(container(), wanted, state_.context.node.least_oom_score_adj));
  run_.emplace(Run{std::move(started), std::move(log)});
  watch_output(run_->started.console, run_->output);
  watch_output(run_->started.output, run_->output);
  watch_output(run_->started.errors, run_->errors);
  (void)state_.loop.watch(run_->started.init.fd.get(), [this] { on_exit(); });
}

void ContainerWorker::on_failed(const StartFailure& failure) {
  using Step = StartFailure::Step;
  switch (failure.step) {
    case Step::image_missing: return on_image_missing(failure);
    case Step::config:
    case Step::create:
      say(failed_event(container(), failure.message));
      set_waiting(failure.step == Step::config ? "CreateContainerConfigError" : "CreateContainerError",
                  failure.message);
      return wait(Backoff::kFirst, &ContainerWorker::start);
    case Step::start: break;
  }
  say(pulled_event(container()));
  say(created_event(container()));
  say(failed_event(container(), failure.message));
  status().restart_count = attempts_++;
  const Time at = now();
  set_terminated({.exit_code = kStartErrorCode,
                  .reason = "StartError",
                  .message = failure.message,
                  .started_at = at,
                  .finished_at = at});
}

void ContainerWorker::on_image_missing(const StartFailure& failure) {
  const bool never = failure.pull_policy == "Never";
  missing_image_ = failure.image;
  if (never) {
    say(image_never_event(container(), missing_image_));
    say(failed_event(container(), "ErrImageNeverPull"));
    set_waiting("ErrImageNeverPull", image_never_message(missing_image_));
  } else {
    say(pull_failed_event(container(), missing_image_, failure.message));
    say(failed_event(container(), "ErrImagePull"));
    set_waiting("ErrImagePull", failure.message);
  }
  const int64_t at = monotonic_ms();
  pulls_.step(at, at);
  wait(never ? Backoff::kFirst : PodState::kSyncPeriod,
       never ? &ContainerWorker::start : &ContainerWorker::retry_image);
}

void ContainerWorker::retry_image() {
  say(pull_backoff_event(container(), missing_image_));
  say(failed_event(container(), "ImagePullBackOff"));
  set_waiting("ImagePullBackOff", pull_backoff_message(missing_image_));
  wait(pulls_.delay(monotonic_ms()), &ContainerWorker::start);
}

void ContainerWorker::on_exit() {
  // A descriptor's number may have been used again since the event.
  if (!run_ || !wait_end(run_->started.init, 0)) return;
  state_.loop.forget(run_->started.init.fd.get());
  const int code = wait_exit(run_->started.init).value_or(kStartErrorCode);
  const std::string cgroup = cat(state_.context.cgroup_path, "/", run_->started.id);
  const auto events = cgroups::read_memory_events(state_.hierarchy, cgroup);
  const bool out_of_memory = code == 128 + SIGKILL && events && events->oom_kill > 0;
  // With a pid namespace of the pod, others of the container may live on: it ends with its first process.
  (void)lifecycle::kill(oci_root(state_.dir), run_->started.id, SIGKILL, true);
  close_output(run_->started.console, run_->output);
  close_output(run_->started.output, run_->output);
  close_output(run_->started.errors, run_->errors);
  StateTerminated end = describe_end(code, out_of_memory);
  if (auto removed = remove_container(state_.place, state_.pod, container().name, run_->started.id); !removed)
    say(container_event(container(), "Warning", "FailedKillContainer", removed.error().text()));
  run_.reset();
  if (out_of_memory) say(oom_event(container()));
  set_terminated(std::move(end));
}

StateTerminated ContainerWorker::describe_end(int code, bool out_of_memory) {
  StateTerminated end;
  end.exit_code = code;
  end.reason = out_of_memory ? "OOMKilled" : code == 0 ? "Completed" : "Error";
  end.message = read_termination_message(container_dir(state_.place, state_.pod.metadata, container().name));
  end.started_at = status().state.running ? status().state.running->started_at : now();
  end.finished_at = now();
  end.container_id = shown_id(run_->started.id);
  return end;
}

void ContainerWorker::set_terminated(StateTerminated terminated) {
  ended_ = monotonic_ms();
  ContainerStatus& status = this->status();
  if (status.state.terminated) status.last_state = status.state;
  status.state = {.terminated = std::move(terminated)};
  status.ready = false;
  status.started = false;
  state_.is_changed = true;
  on_end_();
}

void ContainerWorker::decide() {
  if (run_ || timer_ != 0 || state_.is_terminating || !status().state.terminated) return;
  if (!is_restarted(state_.pod.spec.restart_policy, status().state.terminated->exit_code)) return;
  wait(PodState::kSyncPeriod, &ContainerWorker::restart);
}

void ContainerWorker::restart() {
  const int64_t delay = restarts_.delay(ended_), left = ended_ + delay - monotonic_ms();
  if (left > 0) {
    say(backoff_event(container(), state_.pod.metadata));
    set_waiting("CrashLoopBackOff", crash_loop_message(container(), state_.pod.metadata, delay));
    return wait(left, &ContainerWorker::restart);
  }
  restarts_.step(ended_, monotonic_ms());
  start();
}

void ContainerWorker::stop() {
  if (!run_) return;
  say(killing_event(container()));
  (void)lifecycle::kill(oci_root(state_.dir), run_->started.id, run_->started.stop_signal, false);
}

void ContainerWorker::kill() {
  if (run_) (void)lifecycle::kill(oci_root(state_.dir), run_->started.id, SIGKILL, true);
}

void ContainerWorker::wait(int64_t milliseconds, void (ContainerWorker::*then)()) {
  timer_ = state_.loop.after(milliseconds, [this, then] {
    timer_ = 0;
    if (!state_.is_terminating) (this->*then)();
  });
}

void ContainerWorker::cancel_wait() {
  if (timer_ != 0) state_.loop.cancel(timer_);
  timer_ = 0;
}

void ContainerWorker::set_waiting(std::string reason, std::string message) {
  ContainerStatus& status = this->status();
  if (status.state.terminated) status.last_state = status.state;
  status.state = {.waiting = StateWaiting{std::move(reason), std::move(message)}};
  state_.is_changed = true;
}

void ContainerWorker::watch_output(Fd& fd, LineSplitter& stream) {
  if (fd.is_open()) (void)state_.loop.watch(fd.get(), [this, &fd, &stream] { read_output(fd, stream); });
}

// One piece a call, so that a container that writes without end does not keep the loop from its other work.
void ContainerWorker::read_output(Fd& fd, LineSplitter& stream) {
  char bytes[16 << 10];
  const ssize_t got = read(fd.get(), bytes, sizeof bytes);
  if (got > 0) return run_->log.write(stream, {bytes, static_cast<size_t>(got)});
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  // The end of a pipe; a terminal without a process gives EIO.
  state_.loop.forget(fd.get());
  fd.reset();
  run_->log.finish(stream);
}

// Takes what is left in a stream whose container has ended. It may be held open by a process that was given it over a
// socket, so its end is not waited for.
void ContainerWorker::close_output(Fd& fd, LineSplitter& stream) {
  constexpr int kMostPieces = 64;  // more than a pipe holds
  for (int i = 0; i < kMostPieces && fd.is_open(); i++) {
    char bytes[16 << 10];
    const ssize_t got = read(fd.get(), bytes, sizeof bytes);
    if (got <= 0) break;
    run_->log.write(stream, {bytes, static_cast<size_t>(got)});
  }
  if (!fd.is_open()) return;
  run_->log.finish(stream);
  state_.loop.forget(fd.get());
  fd.reset();
}

// The log of this start and of the one before are kept, as the kubelet does.
void ContainerWorker::remove_old_log() const {
  if (attempts_ >= 2) remove_log(log_path(state_.place, state_.pod.metadata, container().name, attempts_ - 2));
}

}  // namespace kube
