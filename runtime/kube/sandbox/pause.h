// The sandbox's process: nacelle-pause, of sandbox/pause/program.h.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/sandbox/container_spec.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {

// Starts pause in new namespaces and in a cgroup of its own below the pod's. Its root is a folder with nothing else in
// it, below the pod's data folder.
Result<lifecycle::Created> start_pause(const PodContext& context, const std::string& oci_root, const std::string& id);

}  // namespace kube
