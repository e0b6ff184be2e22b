// Which of a volume's many sources are given.
#pragma once

#include <string_view>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

// Their names: "emptyDir", "hostPath" …
std::vector<std::string_view> sources_of(const Volume& volume);

}  // namespace kube
