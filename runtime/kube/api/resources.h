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

}  // namespace kube
