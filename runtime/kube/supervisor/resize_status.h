// What is said of a resize: conditions, status and events, in the kubelet's words. Pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/allocation.h"

namespace kube {

constexpr std::string_view kResizePending = "PodResizePending", kResizeInProgress = "PodResizeInProgress";
constexpr const char *kDeferred = "Deferred", *kInfeasible = "Infeasible", *kResizeError = "Error";

// {"containers":[{"name":"web","resources":{…}}],"generation":2,"error":"…"}: what follows in the events.
std::string describe_resize(const PodSpec& spec, int64_t generation, const std::string& error);

// Sets one of the two conditions, or takes it away; status.resize, which says the same in the words of Kubernetes
// before 1.33, follows. True when something is another than before.
bool set_resize_condition(Pod& pod, std::string_view type, std::string_view reason, std::string_view message);
bool remove_resize_condition(PodStatus& status, std::string_view type);

// allocatedResources of each container.
void show_allocated(PodStatus& status, const Allocation& allocation);

}  // namespace kube
