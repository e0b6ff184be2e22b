// Which container of a pod is meant.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// The container of that name, an init container too; with an empty one the only one or the first, and then stderr says
// so, as kubectl does.
Result<const Container*> choose_container(const Pod& pod, const std::string& name);

}  // namespace kube
