// Where the handlers of a pod's containers are asked.
#pragma once

#include <string>

#include "runtime/kube/probes/handler.h"
#include "runtime/kube/supervisor/pod_state.h"

namespace kube {

// A running container, as one who calls himself "kube-PURPOSE" asks it: at the pod's address from the host; a pod
// without an address has its loopback alone, which is reached from within.
HandlerTarget handler_target(const PodState& state, const Container& container, const std::string& id,
                             std::string_view purpose);

}  // namespace kube
