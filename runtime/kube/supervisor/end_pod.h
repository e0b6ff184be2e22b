// Ending a pod from outside its supervisor.
#pragma once

#include <cstdint>
#include <optional>

#include "base/pidfd.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Asks the pod's supervisor to end it in `grace` seconds and gives the process, whose end is the pod's. A pod that
// nobody looks after is removed here and now: empty.
Result<std::optional<Pidfd>> end_pod(const Place& place, const Pod& pod, int64_t grace);

// Removes what is there of a pod that nobody looks after. No error when somebody else has done it.
Result<> remove_orphan(const Place& place, const Pod& pod);

}  // namespace kube
