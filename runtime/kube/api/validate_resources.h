// The API server's checks of requests and limits. Parts of validate_pod().
#pragma once

#include <string>

#include "runtime/kube/api/checker.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// "example.com/dongle": counted in whole numbers, and never promised twice.
bool is_extended_resource(std::string_view name);

// Names and amounts of a list.
void check_amounts(const ResourceList& list, const std::string& path, Checker& check);

// Names, amounts, and that no request is above its limit.
void check_resources(const ResourceRequirements& resources, const std::string& path, Checker& check);

// The pod's resources as a whole, and that its containers keep within them.
void check_pod_resources(const PodSpec& spec, Checker& check);

// The container's resizePolicy.
void check_resize_policy(const PodSpec& spec, const Container& container, const std::string& path, Checker& check);

}  // namespace kube
