#include "runtime/kube/api/pod_summary.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"

namespace kube {
namespace {

bool is_ready(const ContainerStatus& status) {
  return status.ready && status.state.running;
}

bool has_condition(const Pod& pod, std::string_view type) {
  return std::ranges::any_of(pod.status.conditions,
                             [&](const PodCondition& one) { return one.type == type && one.status == "True"; });
}

// How a container has ended.
std::string end_text(const StateTerminated& ended) {
  if (!ended.reason.empty()) return ended.reason;
  if (ended.signal != 0) return cat("Signal:", ended.signal);
  return cat("ExitCode:", ended.exit_code);
}

// What a container says of its pod; empty when it runs or has nothing to say.
std::string reason_of(const ContainerState& state) {
  if (state.waiting) return state.waiting->reason;
  return state.terminated ? end_text(*state.terminated) : "";
}

void add_restarts(PodSummary& out, const ContainerStatus& status) {
  out.restarts += status.restart_count;
  if (status.last_state.terminated)
    out.last_restart = std::max(out.last_restart, status.last_state.terminated->finished_at);
}

// What the first init container that has not done its part says; empty when all have.
std::string initialization_text(const Pod& pod, PodSummary& sidecars) {
  const auto& statuses = pod.status.init_container_statuses;
  for (size_t i = 0; i < statuses.size(); i++) {
    const ContainerStatus& status = statuses[i];
    const Container* container = find_container(pod.spec, status.name);
    const bool sidecar = container && is_sidecar(*container);
    if (sidecar) add_restarts(sidecars, status);
    const auto& ended = status.state.terminated;
    if (ended && ended->exit_code == 0) continue;
    if (sidecar && status.started.value_or(false)) {
      if (status.ready) sidecars.ready++;
      continue;
    }
    if (ended) return cat("Init:", end_text(*ended));
    const auto& waiting = status.state.waiting;
    if (waiting && !waiting->reason.empty() && waiting->reason != kPodInitializing)
      return cat("Init:", waiting->reason);
    return cat("Init:", i, "/", pod.spec.init_containers.size());
  }
  return "";
}

// The first container's word counts most, so it comes last.
void add_containers(const Pod& pod, PodSummary& out) {
  const auto& statuses = pod.status.container_statuses;
  bool any_running = false;
  for (auto status = statuses.rbegin(); status != statuses.rend(); ++status) {
    add_restarts(out, *status);
    const std::string reason = reason_of(status->state);
    if (!reason.empty())
      out.status = reason;
    else if (is_ready(*status))
      any_running = true;
    if (is_ready(*status)) out.ready++;
  }
  if (out.status == "Completed" && any_running) out.status = has_condition(pod, "Ready") ? "Running" : "NotReady";
}

}  // namespace

PodSummary summarize_pod(const Pod& pod) {
  const PodStatus& status = pod.status;
  PodSummary out;
  const std::string initialization = initialization_text(pod, out);
  out.total =
      static_cast<int64_t>(pod.spec.containers.size()) + std::ranges::count_if(pod.spec.init_containers, is_sidecar);
  out.status = status.reason.empty() ? status.phase : status.reason;
  if (initialization.empty() || has_condition(pod, "Initialized")) {
    add_containers(pod, out);
  } else {
    out.status = initialization;
    out.restarts = 0;
    for (const ContainerStatus& one : status.init_container_statuses) add_restarts(out, one);
  }
  if (pod.metadata.deletion_time.is_set() && !is_finished(status)) out.status = "Terminating";
  return out;
}

}  // namespace kube
