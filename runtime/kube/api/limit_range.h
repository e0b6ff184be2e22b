// What the LimitRanges of a namespace make of its pods: the API server's admission plugin LimitRanger. Pure.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api/node_object.h"

namespace kube {

// Gives containers that say nothing the default limits and requests.
void set_range_defaults(Pod& pod, const LimitRange& range);

// What of the pod is outside of the range, in the plugin's words: "maximum memory usage per Container is 1Gi, but limit
// is 1536Mi".
std::vector<std::string> check_range(const Pod& pod, const LimitRange& range);

}  // namespace kube
