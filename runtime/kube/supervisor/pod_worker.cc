#include "runtime/kube/supervisor/pod_worker.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/network/cni.h"
#include "runtime/kube/sandbox/pause.h"
#include "runtime/kube/sandbox/pod_cgroup.h"
#include "runtime/kube/sandbox/pod_files.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/sandbox/user_namespace.h"
#include "runtime/kube/state/node_resources.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/state/room.h"
#include "runtime/kube/state/user_ids.h"
#include "runtime/kube/storage/claims.h"
#include "runtime/kube/supervisor/admission.h"
#include "runtime/kube/supervisor/pod_change.h"
#include "runtime/kube/supervisor/resize_status.h"
#include "runtime/kube/supervisor/schedule.h"
#include "runtime/kube/supervisor/status.h"
#include "runtime/kube/supervisor/teardown.h"
#include "runtime/kube/supervisor/wording.h"
#include "runtime/lifecycle/lifecycle.h"
#include "security/label.h"

namespace kube {
namespace {

constexpr int64_t kSandboxRetry = 10'000;  // milliseconds

}  // namespace

PodWorker::PodWorker(PodState& state)
    : state_(state),
      volumes_(state, [this] { on_volumes_ready(); }),
      storage_(state, [this](const std::string& message) { evict(message); }),
      containers_(state, [this] { on_container_change(); }),
      room_(state.loop, state.place, [this] { schedule(); }),
      resize_(state, [this](const std::string& name, const std::string& why) { containers_.restart(name, why); }) {}

void PodWorker::begin() {
  schedule();
}

void PodWorker::resume() {
  Pod& pod = state_.pod;
  state_.is_changed = true;
  if (!pod.status.start_time.is_set()) return schedule();
  if (pod.metadata.deletion_time.is_set()) return begin_deletion(0);
  if (has_run_to_end(pod) || !pod.status.reason.empty()) return finish();
  state_.events.add(sandbox_changed_event());
  start_deadline();
  // They are this pod's already, and stay so.
  (void)take_claims();
  if (state_.allocation.containers.empty()) state_.allocation = allocate(pod.spec);
  start_sandbox();
  resize_.on_spec();
}

// Says what keeps the pod's claims from being used. When nothing does, they are this pod's from then on.
std::string PodWorker::take_claims() {
  if (claims_of(state_.pod).empty()) return "";
  const Result<TakenClaims> taken = kube::take_claims(state_.place, state_.pod, state_.context.node.name);
  if (!taken) return taken.error().text();
  state_.context.volume_groups = taken->groups;
  return taken->problem;
}

// Says what keeps the pod from the node. When nothing does, its place there is on disk before anybody else looks.
std::string PodWorker::take_place() {
  Pod& pod = state_.pod;
  Fd lock;
  if (requests_anything(pod.spec)) {
    Result<Fd> taken = lock_room(state_.place);
    if (!taken) return taken.error().text();
    lock = *std::move(taken);
    const std::vector<Pod> others = list_pods(state_.place, "").value_or(std::vector<Pod>());
    std::string problem = why_not_schedulable(pod, others, read_allocatable(state_.place, state_.context.node));
    if (!problem.empty()) return problem;
  }
  if (std::string problem = take_claims(); !problem.empty()) return problem;
  state_.allocation = allocate(pod.spec);
  set_initial_statuses(pod);
  show_allocated(pod.status, state_.allocation);
  Result<> written = write_allocation(state_.allocation, state_.dir);
  if (written) written = write_pod(pod, state_.dir);
  return written ? "" : written.error().text();
}

void PodWorker::schedule() {
  if (state_.is_terminating) return room_.stop();
  Pod& pod = state_.pod;
  std::string problem = take_place();
  if (!problem.empty() && room_.start()) problem = take_place();
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
  if (Result<> made = make_files(); !made) return on_sandbox_failure(made.error());
  volumes_.start();
}

void PodWorker::on_volumes_ready() {
  state_.is_changed = true;
  if (Result<> made = make_sandbox(); !made) return on_sandbox_failure(made.error());
  state_.has_sandbox = true;
  containers_.advance();
  storage_.start();
}

// What was made goes, so that the next attempt finds nothing in its way.
void PodWorker::on_sandbox_failure(const Error& error) {
  state_.is_changed = true;
  state_.events.add(sandbox_failed_event(error.text()));
  if (Result<> removed = remove_pod_remains(state_.place, state_.pod); !removed)
    state_.events.add(pod_event("Warning", "FailedKillPod", removed.error().text()));
  reap_sandbox();
  has_files_ = false;
  volumes_.forget();
  state_.loop.after(kSandboxRetry, [this] { start_sandbox(); });
}

Result<> PodWorker::make_files() {
  if (has_files_) return {};
  if (!state_.pod.spec.host_users.value_or(true))
    state_.context.id_mappings = pod_id_mappings(TRY(take_user_ids(state_.place, state_.pod.metadata.uid)));
  std::vector<std::string> remarks;
  TRY(make_pod_files(state_.context, remarks));
  for (std::string& remark : remarks) state_.events.add(pod_event("Warning", "DNSConfigForming", std::move(remark)));
  TRY(make_pod_cgroup(state_.hierarchy, state_.context, allocated_spec(state_.pod.spec, state_.allocation)));
  if (state_.context.node.has_cpu_controller)
    set_qos_weights(state_.hierarchy, list_pods(state_.place, "").value_or(std::vector<Pod>()));
  has_files_ = true;
  return {};
}

Result<> PodWorker::make_sandbox() {
  pause_id_ = new_id();
  lifecycle::Created created = TRY(start_pause(state_.context, oci_root(state_.dir), pause_id_));
  pause_ = std::move(created.init);
  state_.context.sandbox_pid = pause_.pid;
  TRY(join_network());
  return state_.loop.watch(pause_.fd.get(), [this] { on_sandbox_end(); });
}

// Names depend on the address, so the files that tell them are written again.
Result<> PodWorker::join_network() {
  Pod& pod = state_.pod;
  if (pod.spec.host_network) return {};
  TRY(leave_network(state_.place, pod));  // where the sandbox before was
  pod.status.pod_ip.clear();
  pod.status.pod_ips.clear();
  std::optional<PodNetwork> joined = TRY(kube::join_network(state_.place, pod, pause_id_, pause_.pid));
  if (!joined || joined->addresses.empty()) return {};
  pod.status.pod_ip = joined->addresses[0];
  for (std::string& address : joined->addresses) pod.status.pod_ips.push_back({std::move(address)});
  state_.context.network_resolver = std::move(joined->resolver);
  std::vector<std::string> told_before;
  return make_etc_files(state_.context, told_before);
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
    (void)lifecycle::remove(oci_root(state_.dir), pause_id_, true);
    containers_.forget_starts();
    return start_sandbox();
  }
  if (!state_.has_sandbox) return;
  containers_.advance();
  if (!has_run_to_end(state_.pod)) return;
  // Sidecars do not keep it going.
  if (containers_.is_any_running()) return end_containers(state_.pod.spec.termination_grace_period.value_or(30));
  finish();
}

// pause has ended without our asking: the namespaces that it held are not those of the next start any more.
void PodWorker::on_sandbox_end() {
  if (!state_.has_sandbox || !wait_end(pause_, 0)) return;
  state_.loop.forget(pause_.fd.get());
  (void)wait_exit(pause_);
  state_.has_sandbox = false;
  state_.is_changed = true;
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
  end_containers(state_.pod.spec.termination_grace_period.value_or(30));
}

// Nothing is started any more, and what runs is stopped.
void PodWorker::end_containers(int64_t grace) {
  state_.is_terminating = true;
  state_.is_changed = true;
  containers_.stop(grace);
  state_.loop.after(0, [this] { settle(); });
}

void PodWorker::forget_sandbox() {
  if (state_.has_sandbox) state_.loop.forget(pause_.fd.get());
  state_.has_sandbox = false;
}

// pause is our child: once it is dead, nothing is to be left of it either.
void PodWorker::reap_sandbox() {
  if (pause_.fd.is_open() && wait_end(pause_, 0)) (void)wait_exit(pause_);
  pause_ = {};
}

// The pod has run to its end and stays as a record.
void PodWorker::finish() {
  forget_sandbox();
  state_.is_changed = true;
  if (Result<> removed = remove_pod_remains(state_.place, state_.pod); !removed)
    state_.events.add(pod_event("Warning", "FailedKillPod", removed.error().text()));
  reap_sandbox();
  is_done_ = true;
}

void PodWorker::remove() {
  forget_sandbox();
  if (Result<> removed = remove_pod(state_.place, state_.pod); !removed) {
    // It stays Terminating, and whoever asks can read why; `delete` can be asked again.
    state_.events.add(pod_event("Warning", "FailedKillPod", removed.error().text()));
    state_.is_changed = true;
    return;
  }
  reap_sandbox();
  is_done_ = is_removed_ = true;
}

Result<bool> PodWorker::change(const PatchRequest& request) {
  PodChange change = TRY(plan_change(state_.pod, request, state_.place, state_.hierarchy));
  if (!change.is_changed) return false;
  state_.pod = std::move(change.pod);
  state_.is_changed = true;
  if (change.has_new_metadata) volumes_.refresh();
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
    TRY(write_pod(state_.pod, state_.dir));
    state_.is_changed = false;
  }
  if (state_.events.is_changed()) TRY(state_.events.write(state_.dir));
  return true;
}

}  // namespace kube
