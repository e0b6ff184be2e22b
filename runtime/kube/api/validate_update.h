// What may change of a pod that exists: the API server's rules, in its words.
#pragma once

#include <optional>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/api/problem.h"

namespace kube {

// The first thing that must not be. Labels and annotations are free. Of the spec images, tolerations that are added,
// activeDeadlineSeconds that is set or lowered, and the cpu and memory of containers and sidecars may change; the last
// by the rules of the subresource `resize`, through it or not (as it was before Kubernetes 1.32). Both pods have their
// defaults.
std::optional<Problem> validate_pod_update(const Pod& before, const Pod& after);

// What may change by the subresource `resize`: nothing but cpu and memory.
std::optional<Problem> validate_pod_resize(const Pod& before, const Pod& after);

}  // namespace kube
