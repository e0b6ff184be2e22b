// The cgroup above those of a pod's containers.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cgroups/hierarchy.h"
#include "runtime/kube/sandbox/container_spec.h"

namespace kube {

// Makes it with the limits of the spec, as the pod has been granted it, and /kubepods and the QoS level above it where
// they are missing.
Result<> make_pod_cgroup(const cgroups::Hierarchy& hierarchy, const PodContext& context, const PodSpec& spec);

// Sets the weight of the QoS levels, as the kubelet does: Burstable pods together have what they ask for, BestEffort
// pods the least. `pods` are all of the node. Without the controller there is nothing to do.
void set_qos_weights(const cgroups::Hierarchy& hierarchy, const std::vector<Pod>& pods);

// Kills all that is in it and below, removes it, and the levels above it when no other pod is there.
Result<> remove_pod_cgroup(const cgroups::Hierarchy& hierarchy, const std::string& path);

}  // namespace kube
