// `describe node`, and a LimitRange's page.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api/node_object.h"

namespace kube {

// The text of `kubectl describe node`: what it has, the pods on it that have not run to their end, and what they take.
std::string describe_node(const NodeObject& node, const std::vector<Pod>& pods, Time at);

std::string describe_limit_range(const LimitRange& range);

}  // namespace kube
