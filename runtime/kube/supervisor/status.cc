#include "runtime/kube/supervisor/status.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/effective.h"

namespace kube {
namespace {

struct Counts {
  size_t waiting = 0, running = 0, stopped = 0, succeeded = 0;
};

// A container that waits for its restart counts as stopped: it has run.
Counts count_states(const PodSpec& spec, const std::vector<ContainerStatus>& statuses) {
  Counts counts;
  for (const ContainerStatus& status : statuses) {
    if (status.state.running) {
      counts.running++;
    } else if (status.state.terminated) {
      counts.stopped++;
      if (status.state.terminated->exit_code == 0) counts.succeeded++;
    } else if (status.last_state.terminated) {
      counts.stopped++;
    } else {
      counts.waiting++;
    }
  }
  counts.waiting += spec.containers.size() - statuses.size();
  return counts;
}

std::string unready_containers(const std::vector<ContainerStatus>& statuses) {
  std::vector<std::string> names;
  for (const ContainerStatus& status : statuses)
    if (!status.ready) names.push_back(status.name);
  return cat("containers with unready status: [", join(names, " "), "]");
}

void set_readiness(PodStatus& status, Time at) {
  const bool ready = std::ranges::all_of(status.container_statuses, &ContainerStatus::ready);
  std::string_view reason = ready ? "" : "ContainersNotReady";
  std::string message = ready ? "" : unready_containers(status.container_statuses);
  if (status.phase == "Succeeded") {
    reason = "PodCompleted";
    message.clear();
  } else if (status.phase == "Failed") {
    reason = "PodFailed";
    message.clear();
  }
  const bool finished = status.phase == "Succeeded" || status.phase == "Failed";
  set_condition(status, "Ready", ready && !finished, reason, message, at);
  set_condition(status, "ContainersReady", ready && !finished, reason, message, at);
}

}  // namespace

bool is_restarted(std::string_view restart_policy, int64_t exit_code) {
  return restart_policy == "Always" || (restart_policy == "OnFailure" && exit_code != 0);
}

std::string_view pod_phase(const PodSpec& spec, const std::vector<ContainerStatus>& statuses) {
  const Counts counts = count_states(spec, statuses);
  if (counts.waiting > 0) return "Pending";
  if (counts.running > 0) return "Running";
  if (spec.restart_policy == "Always") return "Running";
  if (counts.stopped == counts.succeeded) return "Succeeded";
  return spec.restart_policy == "Never" ? "Failed" : "Running";
}

void set_condition(PodStatus& status, std::string_view type, bool truth, std::string_view reason,
                   std::string_view message, Time at) {
  auto condition = std::ranges::find(status.conditions, type, &PodCondition::type);
  if (condition == status.conditions.end()) {
    status.conditions.push_back({.type = std::string(type)});
    condition = status.conditions.end() - 1;
  }
  const char* value = truth ? "True" : "False";
  if (condition->status != value) condition->last_transition_time = at;
  condition->status = value;
  condition->reason = reason;
  condition->message = message;
}

void update_pod_status(Pod& pod, bool sandbox_ready, Time at) {
  PodStatus& status = pod.status;
  status.qos_class = qos_class(pod.spec);
  // A reason is given to a pod that was turned away or evicted, and to no other.
  status.phase = status.reason.empty() ? pod_phase(pod.spec, status.container_statuses) : "Failed";
  // No node has it yet: all that is known is PodScheduled.
  if (status.container_statuses.empty()) return;
  set_condition(status, "PodReadyToStartContainers", sandbox_ready, "", "", at);
  const bool finished = status.phase == "Succeeded" || status.phase == "Failed";
  set_condition(status, "Initialized", true, finished ? "PodCompleted" : "", "", at);
  set_readiness(status, at);
}

ContainerStatus initial_status(const Container& container) {
  ContainerStatus status;
  status.name = container.name;
  status.image = container.image;
  status.state.waiting = StateWaiting{.reason = "ContainerCreating"};
  status.started = false;
  return status;
}

}  // namespace kube
