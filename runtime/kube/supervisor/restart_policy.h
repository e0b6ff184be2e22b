// What becomes of a container that has ended. Pure.
#pragma once

#include <cstdint>

#include "runtime/kube/api/pod.h"

namespace kube {

// What is to start again after a container has ended with this code: its rules are asked first, then its own policy,
// then the pod's. A step of the initialization that has succeeded is done with.
enum class Restart { none, container, all };
Restart restart_after(const PodSpec& spec, const Container& container, int64_t exit_code);
bool is_restarted(const PodSpec& spec, const Container& container, int64_t exit_code);

// One of the pod's containers has ended with a code after which all begin anew (RestartAllContainers).
bool begins_anew(const Pod& pod);

}  // namespace kube
