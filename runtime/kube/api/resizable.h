// What of a pod can be resized: cpu and memory of its containers, and of the pod itself.
#pragma once

#include <string>
#include <string_view>

#include "runtime/kube/api/pod.h"

namespace kube {

constexpr const char* kResizableNames[] = {"cpu", "memory"};

// `of` with the cpu and memory that `from` has. Both have the same containers in the same order.
PodSpec with_resources_of(const PodSpec& from, PodSpec of);

// The same of one container's.
ResourceRequirements with_resources_of(const ResourceRequirements& from, ResourceRequirements of);

// Completes the container's resizePolicy, as the API server did when there were amounts to resize (up to Kubernetes
// 1.32): NotRequired.
void set_resize_policy(Container& container);

// Whether the container must be started anew for a change of what it has: because of its resizePolicy for that
// resource. A request of memory alone is nothing that the container could notice.
bool needs_restart(const Container& container, const ResourceRequirements& before, const ResourceRequirements& after);

}  // namespace kube
