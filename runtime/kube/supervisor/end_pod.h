// Ending a pod from outside its supervisor.
#pragma once

#include <cstdint>
#include <optional>

#include "base/pidfd.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Asks the pod's supervisor to end it in `grace` seconds and gives the process, whose end is the pod's, unless it is
// killed before: then there is something left to end. A pod that nobody looks after is removed here and now: empty, and
// so it is when somebody else has removed it.
Result<std::optional<Pidfd>> end_pod(const Place& place, const Pod& pod, int64_t grace);

}  // namespace kube
