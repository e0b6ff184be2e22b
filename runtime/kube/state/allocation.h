// What of the node a pod has been given: for each container, beside what its spec asks for.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// Four things are told apart (KEP-1287, "Resource States"): the spec is desired, what the node has promised is
// allocated, what was last asked of the kernel is actuated, and what the kernel has is actual. The second and the third
// outlive the supervisor here.
struct ContainerAllocation {
  std::string name;
  ResourceRequirements allocated, actuated;
};

struct Allocation {
  std::vector<ContainerAllocation> containers;  // init containers, then all others; empty: the pod is not on a node yet
};

// All that the spec asks for, of which nothing is actuated.
Allocation allocate(const PodSpec& spec);

// Null when there is none of that name.
ContainerAllocation* find_allocation(Allocation& allocation, const std::string& container);
const ContainerAllocation* find_allocation(const Allocation& allocation, const std::string& container);

// The spec as it has been granted.
PodSpec allocated_spec(PodSpec spec, const Allocation& allocation);

// The file `allocation` of the pod's folder, replaced at once. Reading one that is not there gives an empty one.
Result<> write_allocation(const Allocation& allocation, const std::string& dir);
Result<Allocation> read_allocation(const std::string& dir);

}  // namespace kube
