#include "runtime/kube/supervisor/container_worker.h"

#include <signal.h>

#include <utility>

#include "base/text.h"
#include "base/utf8.h"
#include "cgroups/control.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/supervisor/past_runs.h"
#include "runtime/kube/supervisor/restart_policy.h"
#include "runtime/kube/supervisor/teardown.h"
#include "runtime/kube/supervisor/termination_message.h"
#include "runtime/kube/supervisor/wording.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {
namespace {

ContainerUser shown_user(const Identity& identity) {
  LinuxUser user{.uid = identity.user.uid, .gid = identity.user.gid};
  for (const uint32_t gid : identity.user.additional_gids) user.supplemental_groups.push_back(gid);
  return {.linux_user = user};
}

}  // namespace

ContainerWorker::ContainerWorker(PodState& state, ContainerPlace place, std::function<void()> on_change)
    : state_(state), place_(place), on_change_(std::move(on_change)) {
  // Another supervisor may have started it already: its logs are counted on.
  if (const ContainerStatus* known = find_status(state.pod.status, container().name)) attempts_ = count_starts(*known);
}

const Container& ContainerWorker::container() const {
  const PodSpec& spec = state_.pod.spec;
  return (place_.is_init ? spec.init_containers : spec.containers)[place_.index];
}

ContainerStatus& ContainerWorker::status() {
  PodStatus& status = state_.pod.status;
  return (place_.is_init ? status.init_container_statuses : status.container_statuses)[place_.index];
}

bool ContainerWorker::is_step() const {
  return role_of(state_.pod.spec, container()) == Role::step;
}

bool ContainerWorker::has_succeeded() {
  const auto& ended = status().state.terminated;
  return has_begun_ && ended && ended->exit_code == 0;
}

// Events of a container name its place in the pod.
void ContainerWorker::say(Event event) {
  if (place_.is_init && !event.object.empty()) event.object = cat("spec.initContainers{", container().name, "}");
  state_.events.add(std::move(event));
}

void ContainerWorker::start() {
  has_begun_ = true;
  remove_old_log();
  Result<LogWriter> log = LogWriter::open(log_path(state_.place, state_.pod.metadata, container().name, attempts_));
  if (!log) return on_failed({StartFailure::Step::create, log.error().text()});
  Container granted = container();
  if (ContainerAllocation* own = find_allocation(state_.allocation, granted.name))
    granted.resources = own->actuated = own->allocated;
  StartResult<StartedContainer> started = start_container(state_.place, state_.context, granted, oci_root(state_.dir));
  if (started)
    on_started(*std::move(started), *std::move(log));
  else
    on_failed(started.error());
  state_.is_changed = true;
}

void ContainerWorker::on_started(StartedContainer started, LogWriter log) {
  ContainerStatus& status = this->status();
  status.restart_count = attempts_++;
  status.container_id = shown_id(started.id);
  status.image_id = started.image_id;
  status.user = shown_user(started.identity);
  status.image = container().image;
  if (container().lifecycle) status.stop_signal = container().lifecycle->stop_signal;
  for (std::string& message : started.skipped)
    say(pod_event("Warning", "InvalidEnvironmentVariableNames", std::move(message)));
  say(pulled_event(container()));
  say(created_event(container()));
  say(started_event(container()));
  const int wanted = oom_score_adj(state_.pod.spec, container(), state_.context.node.memory);
  if (wanted < state_.context.node.least_oom_score_adj)
    say(oom_score_event(container(), wanted, state_.context.node.least_oom_score_adj));
  run_.emplace(
      Run{std::move(started), now(), monotonic_ms(), std::make_unique<ContainerOutput>(state_.loop, std::move(log))});
  StartedContainer& run = run_->started;
  run_->output->watch(std::move(run.streams), container());
  (void)state_.loop.watch(run.init.fd.get(), [this] { on_exit(); });
  if (container().lifecycle && container().lifecycle->post_start)
    run_post_start();
  else
    on_up();
}

// Beside the container's program, which does not wait for it; all others do.
void ContainerWorker::run_post_start() {
  const auto done = [this](bool succeeded) {
    run_->post_start.reset();
    if (succeeded) return on_up();
    say(post_start_failed_event(container()));
    stop(grace_of(state_.pod.spec) * 1000, "FailedPostStartHook", [] { return true; });
    on_change_();
  };
  run_->post_start =
      std::make_unique<Hook>(state_, container(), run_->started.id, *container().lifecycle->post_start, done);
}

void ContainerWorker::on_up() {
  ContainerStatus& status = this->status();
  if (status.state.terminated) status.last_state = status.state;
  status.state = {.running = StateRunning{run_->started_at}};
  start_probes();
  on_probed();
}

void ContainerWorker::start_probes() {
  const Container& probed = container();
  if (!probed.startup_probe && !probed.readiness_probe && !probed.liveness_probe) return;
  run_->probes = std::make_unique<ProbeWorker>(
      state_, probed, run_->started.id, run_->begun,
      ProbeWorker::Listener{
          .say = [this](Event event) { say(std::move(event)); },
          .on_change = [this] { on_probed(); },
          .on_failure = [this](int64_t grace, std::string_view reason) { on_unhealthy(grace, reason); }});
}

void ContainerWorker::on_probed() {
  const ProbeWorker* probes = run_->probes.get();
  status().started = !probes || probes->is_started();
  status().ready = !is_step() && (!probes || probes->is_ready());
  state_.is_changed = true;
  on_change_();
}

void ContainerWorker::on_unhealthy(int64_t grace, std::string_view reason) {
  const bool is_again = is_restarted(state_.pod.spec, container(), 128 + SIGKILL);
  stop(grace, cat("Container ", container().name, ' ', reason, is_again ? ", will be restarted" : ""),
       [] { return true; });
}

void ContainerWorker::on_exit() {
  state_.loop.forget(run_->started.init.fd.get());
  const int code = wait_exit(run_->started.init).value_or(kStartErrorCode);
  const std::string cgroup = cat(state_.context.cgroup_path, "/", run_->started.id);
  const auto events = cgroups::read_memory_events(state_.hierarchy, cgroup);
  const bool out_of_memory = code == 128 + SIGKILL && events && events->oom_kill > 0;
  // With a pid namespace of the pod, others of the container may live on: it ends with its first process.
  (void)lifecycle::kill(oci_root(state_.dir), run_->started.id, SIGKILL, true);
  run_->output->close();
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
  end.message = termination_message(state_.pod.spec, container(),
                                    container_dir(state_.place, state_.pod.metadata, container().name),
                                    log_path(state_.place, state_.pod.metadata, container().name, attempts_ - 1), code);
  end.started_at = run_->started_at;
  end.finished_at = now();
  end.container_id = shown_id(run_->started.id);
  return end;
}

void ContainerWorker::set_terminated(StateTerminated terminated) {
  ended_ = monotonic_ms();
  ContainerStatus& status = this->status();
  if (status.state.terminated) status.last_state = status.state;
  // The message is the container's own, and must not make the record one that cannot be read.
  terminated.message = utf8_of(terminated.message);
  status.state = {.terminated = std::move(terminated)};
  // A step of the initialization is ready once it is done with.
  status.ready = is_step() && status.state.terminated->exit_code == 0;
  status.started = false;
  state_.is_changed = true;
  on_change_();
}

void ContainerWorker::advance() {
  if (run_ || timer_ != 0 || state_.is_terminating) return;
  if (std::exchange(is_restart_asked_, false)) return start();
  const auto& ended = status().state.terminated;
  if (ended && !is_restarted(state_.pod.spec, container(), ended->exit_code) && !(is_step() && !has_begun_)) return;
  if (!has_begun_) return start();
  if (ended) wait(PodState::kSyncPeriod, &ContainerWorker::restart_after_end);
}

void ContainerWorker::forget_start() {
  has_begun_ = false;
  cancel_wait();
}

void ContainerWorker::restart_after_end() {
  const int64_t delay = restarts_.delay(ended_), left = ended_ + delay - monotonic_ms();
  if (left > 0) {
    say(backoff_event(container(), state_.pod.metadata));
    set_waiting("CrashLoopBackOff", crash_loop_message(container(), state_.pod.metadata, delay));
    return wait(left, &ContainerWorker::restart_after_end);
  }
  restarts_.step(ended_, monotonic_ms());
  start();
}

void ContainerWorker::stop(int64_t grace, std::string_view why, std::function<bool()> is_turn) {
  if (!run_) return;
  if (!run_->end) {
    say(killing_event(container(), why));
    // What has not started yet will not.
    run_->post_start.reset();
    if (run_->probes) run_->probes->begin_end();
    run_->end = std::make_unique<ContainerEnd>(state_, container(), run_->started.id, run_->started.stop_signal,
                                               [this](Event event) { say(std::move(event)); });
  }
  run_->end->begin(grace, std::move(is_turn));
}

void ContainerWorker::restart(int64_t grace, std::string_view why) {
  if (!run_) return;
  is_restart_asked_ = true;
  stop(grace, why, [] { return true; });
}

void ContainerWorker::advance_stop() {
  if (run_ && run_->end) run_->end->advance();
}

void ContainerWorker::kill() {
  if (run_) (void)lifecycle::kill(oci_root(state_.dir), run_->started.id, SIGKILL, true);
}

Result<> ContainerWorker::attach(bool wants_input, Fd& connection) {
  if (!run_) return fail("the container does not run");
  return run_->output->attach(connection, wants_input);
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

void ContainerWorker::set_waiting(std::string reason, std::string_view message) {
  ContainerStatus& status = this->status();
  if (status.state.terminated) status.last_state = status.state;
  status.state = {.waiting = StateWaiting{std::move(reason), utf8_of(message)}};
  state_.is_changed = true;
}

// The log of this start and of the one before are kept, as the kubelet does.
void ContainerWorker::remove_old_log() const {
  if (attempts_ >= 2) remove_log(log_path(state_.place, state_.pod.metadata, container().name, attempts_ - 2));
}

}  // namespace kube
