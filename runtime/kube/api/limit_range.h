// What the LimitRanges of a namespace make of its pods and claims: the API server's admission plugin LimitRanger. Pure.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api/node_object.h"
#include "runtime/kube/api/objects.h"

namespace kube {

// Gives containers that say nothing the default limits and requests.
void set_range_defaults(Pod& pod, const LimitRange& range);

// What of the pod is outside of the range, in the plugin's words: "maximum memory usage per Container is 1Gi, but limit
// is 1536Mi".
std::vector<std::string> check_range(const Pod& pod, const LimitRange& range);
// The same of a claim: "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi".
std::vector<std::string> check_range(const PersistentVolumeClaim& claim, const LimitRange& range);

}  // namespace kube
