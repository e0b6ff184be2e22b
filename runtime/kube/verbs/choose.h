// Which container of a pod is meant.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// The container of that name; with an empty one the only one or the first, and then stderr says so, as kubectl does.
Result<const Container*> choose_container(const Pod& pod, const std::string& name);

// Its status; null when there is none yet.
const ContainerStatus* find_status(const Pod& pod, const std::string& container);

}  // namespace kube
