#include "runtime/kube/supervisor/status.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/supervisor/restart_policy.h"

namespace kube {
namespace {

const ContainerStatus& status_of(const PodStatus& status, const Container& container) {
  static const ContainerStatus unknown;
  const ContainerStatus* found = find_status(status, container.name);
  return found ? *found : unknown;
}

// It has run and waits for its restart.
bool is_crashed(const ContainerStatus& status) {
  return !status.state.running && !status.state.terminated && status.last_state.terminated;
}

// It has ended and stays so.
bool is_over(const PodSpec& spec, const Container& container, const ContainerStatus& status) {
  return status.state.terminated && !is_restarted(spec, container, status.state.terminated->exit_code);
}

bool has_succeeded(const ContainerStatus& status) {
  return status.state.terminated && status.state.terminated->exit_code == 0;
}

// A step of the initialization has ended badly, and stays so.
bool has_init_failed(const PodSpec& spec, const PodStatus& status) {
  return std::ranges::any_of(spec.init_containers, [&](const Container& container) {
    const ContainerStatus& step = status_of(status, container);
    return !is_sidecar(container) && !has_succeeded(step) && is_over(spec, container, step);
  });
}

// Something has not run yet, or in the initialization has not done its part.
bool is_pending(const PodSpec& spec, const PodStatus& status) {
  for (const Container& container : spec.init_containers) {
    const ContainerStatus& step = status_of(status, container);
    if (is_sidecar(container) ? !step.state.running && !step.state.terminated && !is_crashed(step)
                              : !has_succeeded(step))
      return true;
  }
  return std::ranges::any_of(spec.containers, [&](const Container& container) {
    const ContainerStatus& one = status_of(status, container);
    return !one.state.running && !one.state.terminated && !is_crashed(one);
  });
}

bool is_any_running(const PodStatus& status) {
  const auto runs = [](const ContainerStatus& one) { return one.state.running.has_value(); };
  return std::ranges::any_of(status.init_container_statuses, runs) ||
         std::ranges::any_of(status.container_statuses, runs);
}

// "[log web]": those for which it does not hold, sidecars first.
template <class Holds>
std::vector<std::string> names_without(const Pod& pod, const Holds& holds) {
  std::vector<std::string> names;
  for (const Container* container : all_containers(pod.spec))
    if (!holds(*container, status_of(pod.status, *container))) names.push_back(container->name);
  return names;
}

void set_readiness(Pod& pod, Time at) {
  PodStatus& status = pod.status;
  const std::vector<std::string> unready =
      names_without(pod, [&](const Container& container, const ContainerStatus& one) {
        return one.ready || role_of(pod.spec, container) == Role::step;
      });
  const bool ready = unready.empty();
  std::string_view reason = ready ? "" : "ContainersNotReady";
  std::string message = ready ? "" : cat("containers with unready status: [", join(unready, " "), "]");
  if (status.phase == "Succeeded") {
    reason = "PodCompleted";
    message.clear();
  } else if (status.phase == "Failed") {
    reason = "PodFailed";
    message.clear();
  }
  const bool finished = is_finished(status);
  set_condition(status, "Ready", ready && !finished, reason, message, at);
  set_condition(status, "ContainersReady", ready && !finished, reason, message, at);
}

void set_initialized(Pod& pod, Time at) {
  PodStatus& status = pod.status;
  const std::vector<std::string> incomplete =
      names_without(pod, [&](const Container& container, const ContainerStatus& one) {
        switch (role_of(pod.spec, container)) {
          case Role::step: return one.ready;
          case Role::sidecar: return one.started.value_or(false);
          case Role::main: break;
        }
        return true;
      });
  // Once a container has run, that has been so.
  const bool has_started = std::ranges::any_of(status.container_statuses, [](const ContainerStatus& one) {
    return one.state.running || one.state.terminated || one.last_state.terminated;
  });
  if (status.phase == "Succeeded") return set_condition(status, "Initialized", true, "PodCompleted", "", at);
  if (incomplete.empty() || has_started) return set_condition(status, "Initialized", true, "", "", at);
  set_condition(status, "Initialized", false, "ContainersNotInitialized",
                cat("containers with incomplete status: [", join(incomplete, " "), "]"), at);
}

}  // namespace

std::string_view pod_phase(const PodSpec& spec, const PodStatus& status) {
  if (has_init_failed(spec, status)) return "Failed";
  if (is_pending(spec, status)) return "Pending";
  if (is_any_running(status)) return "Running";
  bool succeeded = true;
  for (const Container& container : spec.containers) {
    const ContainerStatus& one = status_of(status, container);
    if (!is_over(spec, container, one)) return "Running";
    succeeded = succeeded && has_succeeded(one);
  }
  return succeeded ? "Succeeded" : "Failed";
}

bool has_run_to_end(const Pod& pod) {
  if (has_init_failed(pod.spec, pod.status)) return true;
  return std::ranges::all_of(pod.spec.containers, [&](const Container& container) {
    return is_over(pod.spec, container, status_of(pod.status, container));
  });
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
  const std::string_view phase = status.reason.empty() ? pod_phase(pod.spec, status) : "Failed";
  // What can still be killed must not look as if it were over (kubelet, mergePodStatus).
  if (!is_finished(phase) || !is_any_running(status)) status.phase = phase;
  // No node has it yet: all that is known is PodScheduled.
  if (status.container_statuses.empty()) return;
  set_condition(status, "PodReadyToStartContainers", sandbox_ready, "", "", at);
  set_initialized(pod, at);
  set_readiness(pod, at);
}

ContainerState initial_state(const PodSpec& spec) {
  return {.waiting = StateWaiting{.reason = spec.init_containers.empty() ? "ContainerCreating" : kPodInitializing}};
}

void set_initial_statuses(Pod& pod) {
  const auto fill = [&](const std::vector<Container>& containers, std::vector<ContainerStatus>& statuses) {
    // Another supervisor may have come as far before it was killed.
    statuses.clear();
    for (const Container& container : containers)
      statuses.push_back(
          {.name = container.name, .state = initial_state(pod.spec), .image = container.image, .started = false});
  };
  fill(pod.spec.init_containers, pod.status.init_container_statuses);
  fill(pod.spec.containers, pod.status.container_statuses);
}

}  // namespace kube
