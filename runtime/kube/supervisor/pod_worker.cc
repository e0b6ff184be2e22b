#include "runtime/kube/supervisor/pod_worker.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/admission.h"
#include "runtime/kube/supervisor/placement.h"
#include "runtime/kube/supervisor/pod_change.h"
#include "runtime/kube/supervisor/status.h"
#include "runtime/kube/supervisor/teardown.h"
#include "runtime/kube/supervisor/wording.h"
#include "security/label.h"

namespace kube {
namespace {

constexpr int64_t kSandboxRetry = 10'000;  // milliseconds

}  // namespace

PodWorker::PodWorker(PodState& state)
    : state_(state),
      volumes_(state, [this] { on_volumes_ready(); }),
      storage_(state, [this](const std::string& message) { evict(message); }),
      sandbox_(state, [this] { on_sandbox_end(); }),
      containers_(state, [this] { on_container_change(); }),
      room_(state.loop, state.place, [this] { schedule(); }),
      resize_(state, [this](const std::string& name, const std::string& why) { containers_.restart(name, why); }) {}

void PodWorker::begin() {
  schedule();
}

void PodWorker::resume() {
  Pod& pod = state_.pod;
  state_.is_changed = true;
  if (pod.metadata.deletion_time.is_set()) return begin_deletion(0);
  if (!pod.status.start_time.is_set()) return schedule();
  if (has_run_to_end(pod) || !pod.status.reason.empty()) return finish();
  state_.events.add(sandbox_changed_event());
  start_deadline();
  // They are this pod's already, and stay so.
  (void)take_claims(state_);
  if (state_.allocation.containers.empty()) state_.allocation = allocate(pod.spec);
  start_sandbox();
  resize_.on_spec();
}

void PodWorker::schedule() {
  if (state_.is_terminating) return room_.stop();
  Pod& pod = state_.pod;
  std::string problem = take_place(state_);
  if (!problem.empty() && room_.start()) problem = take_place(state_);
  state_.is_changed = true;
  if (!problem.empty()) {
    state_.events.add(pod_event("Warning", "FailedScheduling", problem));
    set_condition(pod.status, "PodScheduled", false, "Unschedulable", problem, now());
    return;
  }
  room_.stop();
  const Time at = now();
  pod.spec.node_name = state_.context.node.name;
  pod.status.start_time = at;
  pod.status.host_ip = state_.context.node.address;
  pod.status.host_ips = {{pod.status.host_ip}};
  if (pod.spec.host_network) {
    pod.status.pod_ip = pod.status.host_ip;
    pod.status.pod_ips = pod.status.host_ips;
  }
  set_condition(pod.status, "PodScheduled", true, "", "", at);
  state_.events.add(
      pod_event("Normal", "Scheduled",
                cat("Successfully assigned ", pod.metadata.ns, "/", pod.metadata.name, " to ", pod.spec.node_name)));
  if (const auto rejection = why_not_admitted(pod, security::is_apparmor_enabled())) return reject(*rejection);
  start_deadline();
  // The record has all this before anything is made: another supervisor would else schedule the pod once more.
  (void)save();
  start_sandbox();
}

// Nothing is made of it, and nothing more comes of it.
void PodWorker::reject(const Rejection& rejection) {
  state_.events.add(pod_event("Warning", rejection.reason, rejection.message));
  state_.pod.status.reason = rejection.reason;
  state_.pod.status.message = rejection.message;
  state_.pod.status.init_container_statuses.clear();
  state_.pod.status.container_statuses.clear();
  finish();
}

void PodWorker::start_sandbox() {
  if (state_.is_terminating) return;
  if (Result<> made = sandbox_.make_files(); !made) return on_sandbox_failure(made.error());
  volumes_.start();
}

void PodWorker::on_volumes_ready() {
  state_.is_changed = true;
  if (Result<> made = sandbox_.make(); !made) return on_sandbox_failure(made.error());
  containers_.advance();
  storage_.start();
}

// What was made goes, so that the next attempt finds nothing in its way.
void PodWorker::on_sandbox_failure(const Error& error) {
  state_.is_changed = true;
  state_.events.add(sandbox_failed_event(error.text()));
  if (Result<> removed = remove_pod_remains(state_.place, state_.pod); !removed)
    state_.events.add(pod_event("Warning", "FailedKillPod", removed.error().text()));
  sandbox_.start_over();
  volumes_.forget();
  state_.loop.after(kSandboxRetry, [this] { start_sandbox(); });
}

void PodWorker::on_container_change() {
  // What follows from it may end this pod and its workers: not within the worker's own call.
  state_.loop.after(0, [this] { settle(); });
}

// Decides what comes after a container's start or end.
void PodWorker::settle() {
  if (is_done_) return;
  if (state_.is_terminating) {
    containers_.advance_stop();
    if (containers_.is_any_running()) return;
    // An evicted pod stays as a record, until it is deleted.
    return state_.pod.metadata.deletion_time.is_set() ? remove() : finish();
  }
  if (is_sandbox_lost_) {
    if (containers_.is_any_running()) return;
    is_sandbox_lost_ = false;
    // Only pause is made anew: volumes live as long as the pod.
    sandbox_.remove_pause();
    containers_.forget_starts();
    return start_sandbox();
  }
  if (!state_.has_sandbox) return;
  containers_.advance();
  if (!has_run_to_end(state_.pod)) return;
  // Sidecars do not keep it going.
  if (containers_.is_any_running()) return end_containers(grace_of(state_.pod.spec));
  finish();
}

void PodWorker::on_sandbox_end() {
  if (state_.is_terminating) return;
  is_sandbox_lost_ = true;
  state_.events.add(sandbox_changed_event());
  containers_.kill();
  state_.loop.after(0, [this] { settle(); });
}

void PodWorker::begin_deletion(int64_t grace) {
  state_.pod.metadata.deletion_grace_period = grace;
  state_.pod.metadata.deletion_time = {now().seconds + grace};
  end_containers(grace);
}

// As the kubelet for local storage: with a second of grace, whatever the pod says.
void PodWorker::evict(const std::string& message) {
  state_.events.add(pod_event("Warning", "Evicted", message));
  PodStatus& status = state_.pod.status;
  status.reason = kEvicted;
  status.message = message;
  set_condition(status, "DisruptionTarget", true, "TerminationByKubelet", message, now());
  end_containers(1);
}

void PodWorker::start_deadline() {
  const Pod& pod = state_.pod;
  if (!pod.spec.active_deadline) return;
  const int64_t left = pod.status.start_time.seconds + *pod.spec.active_deadline - now().seconds;
  state_.loop.after(std::max<int64_t>(left, 0) * 1000, [this] { on_deadline(); });
}

void PodWorker::on_deadline() {
  constexpr const char* kMessage = "Pod was active on the node longer than the specified deadline";
  if (is_done_ || state_.is_terminating) return;
  state_.events.add(pod_event("Normal", kDeadlineExceeded, kMessage));
  state_.pod.status.reason = kDeadlineExceeded;
  state_.pod.status.message = kMessage;
  end_containers(grace_of(state_.pod.spec));
}

// Nothing is started any more, and what runs is stopped.
void PodWorker::end_containers(int64_t grace) {
  state_.is_terminating = true;
  state_.is_changed = true;
  containers_.stop(grace);
  state_.loop.after(0, [this] { settle(); });
}

// The pod has run to its end and stays as a record.
void PodWorker::finish() {
  sandbox_.forget();
  state_.is_changed = true;
  if (Result<> removed = remove_pod_remains(state_.place, state_.pod); !removed)
    state_.events.add(pod_event("Warning", "FailedKillPod", removed.error().text()));
  sandbox_.reap();
  is_done_ = true;
}

void PodWorker::remove() {
  sandbox_.forget();
  if (Result<> removed = remove_pod(state_.place, state_.pod); !removed) {
    // It stays Terminating, and whoever asks can read why; `delete` can be asked again.
    state_.events.add(pod_event("Warning", "FailedKillPod", removed.error().text()));
    state_.is_changed = true;
    return;
  }
  sandbox_.reap();
  is_done_ = is_removed_ = true;
}

Result<bool> PodWorker::change(const PatchRequest& request) {
  PodChange change = TRY(plan_change(state_.pod, request, state_.place, state_.hierarchy));
  if (!change.is_changed) return false;
  state_.pod = std::move(change.pod);
  state_.is_changed = true;
  if (change.has_new_metadata) volumes_.refresh();
  if (change.has_new_deadline && state_.pod.status.start_time.is_set()) start_deadline();
  if (change.has_new_spec && state_.allocation.containers.empty()) schedule();
  if (change.has_new_spec) resize_.on_spec();
  for (const std::string& name : change.new_images)
    containers_.restart(name, cat("Container ", name, " definition changed, will be restarted"));
  TRY(save());
  return true;
}

Result<bool> PodWorker::save() {
  if (is_removed_ || (!state_.is_changed && !state_.events.is_changed())) return false;
  if (state_.is_changed) {
    resize_.update();
    state_.pod.status.observed_generation = state_.pod.metadata.generation;
    update_pod_status(state_.pod, state_.has_sandbox, now());
  }
  // The events first: who sees a status finds what led to it. A disk without room for them must not cost the status.
  const Result<> written = state_.events.is_changed() ? state_.events.write(state_.dir) : Result<>();
  if (state_.is_changed) TRY(write_pod(state_.pod, state_.dir));
  state_.is_changed = false;
  TRY(written);
  return true;
}

}  // namespace kube
