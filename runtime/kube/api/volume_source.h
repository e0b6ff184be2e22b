// A pod's volumes by name, and which of a volume's many sources are given.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

// Their names: "emptyDir", "hostPath" …
std::vector<std::string_view> sources_of(const Volume& volume);

// The pod's volume of that name; null when there is none.
const Volume* find_volume(const PodSpec& spec, std::string_view name);

}  // namespace kube
