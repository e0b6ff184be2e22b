// Whether the pod has room on this machine: the part of scheduler and kubelet that one node needs. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

// Empty when the pod's requests fit beside those of the others (pods that have run to their end do not count, nor does
// the pod itself); else the scheduler's message: "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory."
// Of a pod whose resize is deferred counts the larger of what it has and what it waits for.
std::string why_not_schedulable(const Pod& pod, const std::vector<Pod>& others, const ResourceList& allocatable);

// Whether what it says depends on the others and the node at all.
bool requests_anything(const PodSpec& spec);

struct PendingResize {
  const char* reason;  // Infeasible: never on this node; Deferred: not now
  std::string
      message;  // the kubelet's: "Node didn't have enough resource: cpu, requested: 1500, used: 800, capacity: 2000"
};

// Why the pod cannot have what its spec asks for now, beside what the others have. Nothing when it can.
std::optional<PendingResize> why_not_resizable(const Pod& pod, const std::vector<Pod>& others,
                                               const ResourceList& allocatable);

}  // namespace kube
