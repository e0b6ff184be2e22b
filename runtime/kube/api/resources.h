// Amounts of what a node has.
#pragma once

#include <map>
#include <string>

#include "runtime/kube/api/quantity.h"

namespace kube {

// "cpu" and "memory" -> how much.
using ResourceList = std::map<std::string, Quantity>;

struct ResourceRequirements {
  ResourceList limits, requests;
};

// What becomes of a container when it is given more or less of a resource.
struct ResizePolicy {
  std::string resource_name;   // cpu, memory
  std::string restart_policy;  // NotRequired, RestartContainer
};

}  // namespace kube
