#include "runtime/kube/supervisor/schedule.h"

#include "base/text.h"
#include "runtime/kube/api/effective.h"

namespace kube {
namespace {

Quantity requested(const Pod& pod, const char* resource) {
  const ResourceRequirements sum = pod_resources(pod.spec);
  const auto found = sum.requests.find(resource);
  return found == sum.requests.end() ? Quantity{} : found->second;
}

bool holds_resources(const Pod& pod) {
  const PodStatus& status = pod.status;
  return status.phase != "Succeeded" && status.phase != "Failed" && !status.container_statuses.empty();
}

bool fits(const Pod& pod, const std::vector<Pod>& others, const char* resource, const Quantity& capacity) {
  Quantity sum = requested(pod, resource);
  if (sum.is_zero()) return true;
  for (const Pod& other : others)
    if (other.metadata.uid != pod.metadata.uid && holds_resources(other)) sum = sum + requested(other, resource);
  return sum <= capacity;
}

}  // namespace

std::string why_not_schedulable(const Pod& pod, const std::vector<Pod>& others, const NodeInfo& node) {
  std::vector<std::string> reasons;
  if (!fits(pod, others, "cpu", milli_quantity(node.milli_cpu))) reasons.emplace_back("1 Insufficient cpu");
  if (!fits(pod, others, "memory", whole_quantity(node.memory))) reasons.emplace_back("1 Insufficient memory");
  if (reasons.empty()) return "";
  return cat("0/1 nodes are available: ", join(reasons, ", "), ".");
}

}  // namespace kube
