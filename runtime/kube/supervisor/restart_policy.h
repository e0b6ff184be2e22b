// What becomes of a container that has ended. Pure.
#pragma once

#include <cstdint>

#include "runtime/kube/api/pod.h"

namespace kube {

// True when the container is to start again after this exit code: its rules are asked first, then its own policy, then
// the pod's. A step of the initialization that has succeeded is done with.
bool is_restarted(const PodSpec& spec, const Container& container, int64_t exit_code);

}  // namespace kube
