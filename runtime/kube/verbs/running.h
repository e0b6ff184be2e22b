// A container that runs, for verbs that work on it from here.
#pragma once

#include <string>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/place.h"

namespace kube {

// The id of the container's present run. Errors: it does not run, the pod has ended; in kubectl's words.
Result<std::string> running_id(const Pod& pod, const std::string& container);

}  // namespace kube
