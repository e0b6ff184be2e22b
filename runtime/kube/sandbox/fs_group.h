// The pod's fsGroup on its volumes.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// Gives the volume in the folder to the pod's fsGroup; nothing without one, or when its root is the group's already and
// fsGroupChangePolicy is OnRootMismatch.
Result<> apply_fs_group(const Pod& pod, const std::string& folder);

}  // namespace kube
