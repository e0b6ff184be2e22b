// A resize done to the cgroups of a running pod.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cgroups/hierarchy.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/sandbox/node_info.h"
#include "runtime/kube/sandbox/resize_plan.h"

namespace kube {

// Whose cgroups are meant.
struct PodCgroups {
  struct One {
    std::string name;  // of the container
    std::string path;
    bool is_restarted = false;  // it is started anew for what it is to get
  };
  std::string pod;
  std::vector<One> containers;  // those that run
};

// What the kernel has, and what the spec asks of it. A container that has just ended is left out, here and in
// `cgroups`.
Result<PodLimits> read_pod_limits(const cgroups::Hierarchy& hierarchy, PodCgroups& cgroups, const PodSpec& spec,
                                  const NodeInfo& node);

// Does the writes in their order. Before the first one, every memory limit that comes down is held against what is in
// use: the kernel is made to reclaim what is above it, and as long as that does not suffice nothing is written, since
// its next step would be to kill. Error in the kubelet's words: "cannot decrease memory limits: attempting to set pod
// memory limit (67108864) below current usage (73400320)".
Result<> apply_resize(const cgroups::Hierarchy& hierarchy, const PodCgroups& cgroups, const PodLimits& limits,
                      const ResizePlan& plan);

}  // namespace kube
