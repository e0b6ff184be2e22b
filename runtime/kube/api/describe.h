// `describe pod`.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

// The text of `kubectl describe pod`: the pod, each container with State and Last State, conditions, volumes, and the
// events in the order given.
std::string describe_pod(const Pod& pod, const std::vector<Event>& events, Time at);

}  // namespace kube
