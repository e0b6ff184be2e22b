// Reaching whoever may change a pod's record: its supervisor, or where it has none us, who then hold the pod's lock.
#pragma once

#include <optional>
#include <string>

#include "base/pidfd.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/place.h"
#include "runtime/kube/supervisor/control.h"

namespace kube {

struct Reached {
  std::optional<Pidfd> supervisor;  // it has been asked
  std::string answer;               // what it said
  Fd lock;                          // there is none, and none can come while this is held
};

// Sends the request to the pod's supervisor, or takes the pod's lock. Waits, for a while, where somebody holds the lock
// who is no supervisor yet (it takes the pod over) or no longer (it removes it). Error: `pods "web" not found` when the
// pod is gone, be it that another of its name is there.
Result<Reached> reach_pod(const Place& place, const ObjectMeta& pod, const Request& request);

}  // namespace kube
