#include "runtime/kube/api/resizable.h"

#include <algorithm>

namespace kube {
namespace {

void copy_amounts(const ResourceList& from, ResourceList& to) {
  for (const char* name : kResizableNames) {
    to.erase(name);
    if (const Quantity* found = find_amount(from, name)) to[name] = *found;
  }
}

bool is_same_amount(const ResourceList& left, const ResourceList& right, const std::string& name) {
  const Quantity *at_left = find_amount(left, name), *at_right = find_amount(right, name);
  return at_left && at_right ? *at_left == *at_right : at_left == at_right;
}

}  // namespace

ResourceRequirements with_resources_of(const ResourceRequirements& from, ResourceRequirements of) {
  copy_amounts(from.limits, of.limits);
  copy_amounts(from.requests, of.requests);
  return of;
}

PodSpec with_resources_of(const PodSpec& from, PodSpec of) {
  for (auto list : {&PodSpec::init_containers, &PodSpec::containers})
    for (size_t i = 0; i < (of.*list).size() && i < (from.*list).size(); i++)
      (of.*list)[i].resources = with_resources_of((from.*list)[i].resources, (of.*list)[i].resources);
  return of;
}

void set_resize_policy(Container& container) {
  if (container.resources.limits.empty() && container.resources.requests.empty()) return;
  for (const char* name : kResizableNames)
    if (std::ranges::find(container.resize_policy, name, &ResizePolicy::resource_name) == container.resize_policy.end())
      container.resize_policy.push_back({name, "NotRequired"});
}

bool needs_restart(const Container& container, const ResourceRequirements& before, const ResourceRequirements& after) {
  return std::ranges::any_of(container.resize_policy, [&](const ResizePolicy& policy) {
    const std::string& name = policy.resource_name;
    const bool is_same = is_same_amount(before.limits, after.limits, name) &&
                         (name == "memory" || is_same_amount(before.requests, after.requests, name));
    return policy.restart_policy == "RestartContainer" && !is_same;
  });
}

}  // namespace kube
