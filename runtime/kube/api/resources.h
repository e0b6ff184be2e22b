// Amounts of what a node has.
#pragma once

#include <map>
#include <string>

#include "runtime/kube/api/quantity.h"

namespace kube {

// "cpu" and "memory" -> how much.
using ResourceList = std::map<std::string, Quantity>;

// Null when the list does not have it.
const Quantity* find_amount(const ResourceList& list, const std::string& name);
// Zero when the list does not have it.
Quantity amount(const ResourceList& list, const std::string& name);
// Adds each amount to that of its name.
void add(ResourceList& sum, const ResourceList& more);
// What `over` has goes over what is there of the name.
void overlay(ResourceList& list, const ResourceList& over);

struct ResourceRequirements {
  ResourceList limits, requests;
};

// What becomes of a container when it is given more or less of a resource.
struct ResizePolicy {
  std::string resource_name;   // cpu, memory
  std::string restart_policy;  // NotRequired, RestartContainer
};

}  // namespace kube
