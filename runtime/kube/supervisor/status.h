// What a pod's parts come to: phase and conditions, as the kubelet derives them. Pure.
#pragma once

#include <string_view>

#include "runtime/kube/api/pod.h"

namespace kube {

// The reason of a pod that was ended because it took more than it may, or ran longer: it has failed, whatever its
// containers ended with.
constexpr const char *kEvicted = "Evicted", *kDeadlineExceeded = "DeadlineExceeded";

// Pending until every container has started once; Succeeded and Failed only when no container can start again (kubelet,
// getPhase). Sidecars keep a pod Running as long as they run, and decide nothing besides.
std::string_view pod_phase(const PodSpec& spec, const PodStatus& status);

// No container can start again, or the initialization has failed for good: what still runs are sidecars.
bool has_run_to_end(const Pod& pod);

// Sets phase, conditions (with the time at which each turned) and qosClass from the container statuses.
// `sandbox_ready`: the namespaces are there. A pod that is not scheduled has its PodScheduled condition already.
void update_pod_status(Pod& pod, bool sandbox_ready, Time at);

// Sets a condition; the time of its last turn changes only with its status.
void set_condition(PodStatus& status, std::string_view type, bool truth, std::string_view reason,
                   std::string_view message, Time at);

// The state that every container begins with: waiting, for the init containers if there are any.
ContainerState initial_state(const PodSpec& spec);
// Gives every container its status.
void set_initial_statuses(Pod& pod);

}  // namespace kube
