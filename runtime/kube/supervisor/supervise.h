// The supervisor: one small process a pod, which outlives the command that started it.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Starts a supervisor for a pod whose record is on disk, as a process of its own session that has nothing of ours: the
// program is executed anew, so that it begins with little memory. Returns when it has taken over (its socket listens,
// its name is on disk), or with the error that it ended with.
Result<> start_supervisor(const Place& place, const std::string& ns, const std::string& name);

// What that process does, from its command line: never returns before the pod is gone or has run to its end. `ready` is
// the descriptor on which it says that it has taken over.
Result<> supervise(const Place& place, const std::string& ns, const std::string& name, int ready);

// The first word of its command line.
constexpr const char* kSuperviseVerb = "supervise";

}  // namespace kube
