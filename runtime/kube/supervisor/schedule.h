// Whether the pod has room on this machine: the part of the scheduler that one node needs. Pure.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/sandbox/node_info.h"

namespace kube {

// Empty when the pod's requests fit beside those of the others (pods that have run to their end do not count, nor does
// the pod itself); else the scheduler's message: "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory."
std::string why_not_schedulable(const Pod& pod, const std::vector<Pod>& others, const NodeInfo& node);

}  // namespace kube
