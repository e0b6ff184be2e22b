#include "runtime/kube/supervisor/pod_containers.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/supervisor/restart_policy.h"
#include "runtime/kube/supervisor/status.h"

namespace kube {
namespace {

constexpr const char* kRestartingAll = "AllContainersRestarting";

}  // namespace

PodContainers::PodContainers(PodState& state, const std::function<void()>& on_change)
    : state_(state), init_count_(state.pod.spec.init_containers.size()) {
  for (size_t i = 0; i < init_count_; i++)
    workers_.push_back(std::make_unique<ContainerWorker>(state, ContainerPlace{true, i}, on_change));
  for (size_t i = 0; i < state.pod.spec.containers.size(); i++)
    workers_.push_back(std::make_unique<ContainerWorker>(state, ContainerPlace{false, i}, on_change));
}

// Goes through the init containers as far as they are; true when none is left to wait for.
bool PodContainers::initialize() {
  for (size_t i = 0; i < init_count_; i++) {
    ContainerWorker& worker = *workers_[i];
    if (worker.is_step() && worker.has_succeeded()) continue;
    worker.advance();
    if (worker.is_step() || !worker.is_started()) return false;
  }
  return true;
}

// A rule of a container asks for all to start again: what runs is killed, and when nothing runs any more everything
// begins anew, after the same back-off as a single one (KEP-5532; sandbox and volumes stay).
void PodContainers::end_for_new_start() {
  set_condition(state_.pod.status, kRestartingAll, true, "", "", now());
  state_.is_changed = true;
  for (const auto& worker : workers_) {
    worker->cancel_wait();
    worker->stop(0, "All containers of the pod are restarted", [] { return true; });
  }
  if (new_start_ != 0 || is_any_running()) return;
  const int64_t ended = monotonic_ms();
  new_start_ = state_.loop.after(std::max(PodState::kSyncPeriod, new_starts_.delay(ended)), [this, ended] {
    new_start_ = 0;
    new_starts_.step(ended, monotonic_ms());
    if (!state_.is_terminating && state_.has_sandbox) begin_anew();
  });
}

void PodContainers::begin_anew() {
  forget_starts();
  for (ContainerStatus& status : state_.pod.status.container_statuses) forget_end(status);
  set_condition(state_.pod.status, kRestartingAll, false, "", "", now());
  advance();
}

void PodContainers::advance() {
  if (begins_anew(state_.pod)) return end_for_new_start();
  if (!is_initialized_) {
    is_initialized_ = initialize();
    if (!is_initialized_) return;
  }
  for (const auto& worker : workers_) {
    if (!worker->is_step()) worker->advance();
    // Those behind it start when its postStart handler is done.
    if (worker->is_starting()) return;
  }
}

// Whoever stands behind a sidecar in the pod's order may need it until the end.
bool PodContainers::is_turn(size_t index) const {
  if (index >= init_count_ || workers_[index]->is_step()) return true;
  return std::none_of(workers_.begin() + static_cast<ptrdiff_t>(index) + 1, workers_.end(),
                      [](const auto& worker) { return worker->is_running(); });
}

ContainerWorker* PodContainers::find(const std::string& name) {
  const auto found =
      std::ranges::find_if(workers_, [&](const auto& worker) { return worker->container().name == name; });
  return found == workers_.end() ? nullptr : found->get();
}

void PodContainers::restart(const std::string& name, const std::string& why) {
  if (ContainerWorker* worker = find(name)) worker->restart(grace_of(state_.pod.spec) * 1000, why);
}

Result<> PodContainers::attach(const std::string& name, bool wants_input, Fd& connection) {
  if (ContainerWorker* worker = find(name)) return worker->attach(wants_input, connection);
  return fail(cat("container ", quoted(name), " is not known"));
}

void PodContainers::stop(int64_t grace) {
  for (size_t i = 0; i < workers_.size(); i++) {
    workers_[i]->cancel_wait();
    workers_[i]->stop(grace * 1000, "", [this, i] { return is_turn(i); });
  }
}

void PodContainers::advance_stop() {
  for (const auto& worker : workers_) worker->advance_stop();
}

void PodContainers::kill() {
  for (const auto& worker : workers_) {
    worker->cancel_wait();
    worker->kill();
  }
}

void PodContainers::forget_starts() {
  is_initialized_ = false;
  for (const auto& worker : workers_) worker->forget_start();
  for (ContainerStatus& status : state_.pod.status.init_container_statuses) forget_end(status);
}

void PodContainers::forget_end(ContainerStatus& status) {
  if (status.state.terminated) status.last_state = status.state;
  status.state = initial_state(state_.pod.spec);
  status.ready = false;
  state_.is_changed = true;
}

bool PodContainers::is_any_running() const {
  return std::ranges::any_of(workers_, [](const auto& worker) { return worker->is_running(); });
}

}  // namespace kube
