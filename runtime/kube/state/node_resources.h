// What this node has to give.
#pragma once

#include "runtime/kube/api/resources.h"
#include "runtime/kube/sandbox/node_info.h"
#include "runtime/kube/state/place.h"

namespace kube {

// cpu and memory of the machine.
ResourceList machine_capacity(const NodeInfo& node);

// What pods may have of it together.
ResourceList read_allocatable(const Place& place, const NodeInfo& node);

}  // namespace kube
