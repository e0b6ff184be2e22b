// What this node has to give: the machine's, unless a Node object says otherwise.
#pragma once

#include "base/result.h"
#include "runtime/kube/api/node_object.h"
#include "runtime/kube/api/patch.h"
#include "runtime/kube/sandbox/node_info.h"
#include "runtime/kube/state/place.h"

namespace kube {

// cpu, memory, huge pages and storage of the machine.
ResourceList machine_capacity(const NodeInfo& node, const Place& place);

// The node as it is shown: the machine, with what the stored object says over it. What is in its capacity alone is
// allocatable, too.
Result<NodeObject> read_node(const Place& place);

// What pods may have of it together. Of an object that cannot be read the machine's.
ResourceList read_allocatable(const Place& place, const NodeInfo& node);

// Changes the node by a patch of what is shown: what is another than the machine's is stored. The status is changed by
// the subresource of that name alone. False when nothing is another than before. Error: `nodes "x" not found`.
Result<bool> patch_node(const Place& place, const std::string& name, const Patch& patch, bool is_status);

// Makes the node what is given, as far as it is another than the machine's, whether anything was stored or not.
Result<bool> replace_node(const Place& place, const NodeObject& wanted);

}  // namespace kube
