#include "runtime/kube/state/node_resources.h"

namespace kube {

ResourceList machine_capacity(const NodeInfo& node) {
  return {{"cpu", milli_quantity(node.milli_cpu)}, {"memory", whole_quantity(node.memory, QuantityFormat::binary)}};
}

ResourceList read_allocatable(const Place&, const NodeInfo& node) {
  return machine_capacity(node);
}

}  // namespace kube
