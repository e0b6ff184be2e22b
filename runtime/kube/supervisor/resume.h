// A pod whose supervisor was killed, taken over by another one from what is on disk.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cgroups/hierarchy.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Starts a supervisor for each pod of the node that should have one and has lost it. Gives what kept it from that, a
// line each; such a pod stays lost.
std::vector<std::string> resume_lost_pods(const Place& place);

// What the new supervisor does first: notes on disk which containers have been started, ends whatever is left of them,
// and notes that, too. Volumes stay.
Result<> take_up_pod(const Place& place, Pod& pod, const cgroups::Hierarchy& hierarchy, const std::string& dir);

}  // namespace kube
