// The LimitRanges of a namespace.
#pragma once

#include "base/result.h"
#include "runtime/kube/api/objects.h"
#include "runtime/kube/state/place.h"

namespace kube {

// What an API server does with a new pod: containers that say nothing get the default amounts, then the pod is checked.
// Errors: `The Pod "web" is invalid: …` where it asks for more than the limit that it is given; `pods "web" is
// forbidden: maximum memory usage per Container is 1Gi, but limit is 1536Mi`.
Result<> admit_limit_ranges(const Place& place, Pod& pod);

// The check alone, of a pod that is changed, and of a claim. Error: `persistentvolumeclaims "data" is forbidden: …`.
Result<> check_limit_ranges(const Place& place, const Pod& pod);
Result<> check_limit_ranges(const Place& place, const PersistentVolumeClaim& claim);

}  // namespace kube
