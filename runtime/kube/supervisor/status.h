// What a pod's parts come to: phase and conditions, as the kubelet derives them. Pure.
#pragma once

#include <string_view>

#include "runtime/kube/api/pod.h"

namespace kube {

// The reason of a pod that was ended because it took more than it may: it has failed, whatever its containers ended
// with.
constexpr const char* kEvicted = "Evicted";

// Pending until every container has started once; Succeeded and Failed only when no container can start again.
std::string_view pod_phase(const PodSpec& spec, const std::vector<ContainerStatus>& statuses);

// True when a container that ended so is to be started again.
bool is_restarted(std::string_view restart_policy, int64_t exit_code);

// Sets phase, conditions (with the time at which each turned) and qosClass from the container statuses.
// `sandbox_ready`: the namespaces are there. A pod that is not scheduled has its PodScheduled condition already.
void update_pod_status(Pod& pod, bool sandbox_ready, Time at);

// Sets a condition; the time of its last turn changes only with its status.
void set_condition(PodStatus& status, std::string_view type, bool truth, std::string_view reason,
                   std::string_view message, Time at);

// The status that every container begins with: waiting, ContainerCreating.
ContainerStatus initial_status(const Container& container);

}  // namespace kube
