// The sandbox's process: nacelle-pause, carried inside this program so that no path to it can be wrong.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/kube/sandbox/container_spec.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {

// The bytes of the program.
std::string_view pause_program();

// Starts pause in new namespaces and in a cgroup of its own below the pod's. Its root is a folder with nothing else in
// it, below the pod's data folder.
Result<lifecycle::Created> start_pause(const PodContext& context, const std::string& oci_root, const std::string& id);

}  // namespace kube
