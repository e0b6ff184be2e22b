// The kernel settings of a pod's namespaces. Pure.
#pragma once

#include <vector>

#include "runtime/kube/api/pod.h"
#include "sandbox/container.h"

namespace kube {

// What is set when the sandbox is made: those that CRI implementations set in a network of the pod's own, so that it
// may listen on port 80 and ping without privilege, and the pod's over them.
std::vector<sandbox::Sysctl> pod_sysctls(const PodSpec& spec);

}  // namespace kube
