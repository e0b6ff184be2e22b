// A pod's place on the node: what it takes of it, before anybody else can.
#pragma once

#include <string>

#include "runtime/kube/supervisor/pod_state.h"

namespace kube {

// Says what keeps the pod from the node: what others have left of it, its claims. When nothing does (empty), what it is
// given is on disk before anybody else looks.
std::string take_place(PodState& state);

// Says what keeps the pod's claims from being used. When nothing does, they are this pod's from then on.
std::string take_claims(PodState& state);

}  // namespace kube
