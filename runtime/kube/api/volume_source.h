// A pod's volumes by name, and which of a volume's many sources are given.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

// Their names: "emptyDir", "hostPath" …
std::vector<std::string_view> sources_of(const Volume& volume);

// The media of an emptyDir whose files are of huge pages: of the size that the pod requests, or of one that follows.
constexpr std::string_view kHugePages = "HugePages", kHugePagesOfSize = "HugePages-";
bool has_huge_pages(const EmptyDir& volume);

// The pod's volume of that name; null when there is none.
const Volume* find_volume(const PodSpec& spec, std::string_view name);

}  // namespace kube
