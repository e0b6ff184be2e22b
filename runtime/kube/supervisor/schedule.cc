#include "runtime/kube/supervisor/schedule.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/resizable.h"

namespace kube {
namespace {

// The requests that the containers have been given; `of_spec`: or wait for, where that is more.
ResourceList held_requests(const Pod& pod, bool of_spec) {
  PodSpec spec = pod.spec;
  for (Container* container : all_containers(spec)) {
    const ContainerStatus* status = find_status(pod.status, container->name);
    if (!status || status->allocated_resources.empty()) continue;
    for (const char* name : kResizableNames) {
      const Quantity held = amount(status->allocated_resources, name);
      const Quantity wanted = amount(container->resources.requests, name);
      container->resources.requests[name] = of_spec ? std::max(held, wanted) : held;
    }
  }
  return pod_resources(spec).requests;
}

ResourceList used_by(const std::vector<Pod>& others, const Pod& pod, bool of_spec) {
  ResourceList sum;
  for (const Pod& other : others)
    if (other.metadata.uid != pod.metadata.uid && holds_resources(other))
      add(sum, held_requests(other, of_spec && other.status.resize != "Infeasible"));
  return sum;
}

// As the kubelet counts: thousandths of a CPU, bytes.
int64_t units(const Quantity& quantity, std::string_view resource) {
  return resource == "cpu" ? milli_value(quantity) : whole_value(quantity);
}

}  // namespace

bool requests_anything(const PodSpec& spec) {
  return std::ranges::any_of(pod_resources(spec).requests, [](const auto& one) { return !one.second.is_zero(); });
}

std::string why_not_schedulable(const Pod& pod, const std::vector<Pod>& others, const ResourceList& allocatable) {
  std::vector<std::string> reasons;
  const ResourceList used = used_by(others, pod, true);
  for (const auto& [name, quantity] : pod_resources(pod.spec).requests)
    if (!quantity.is_zero() && amount(used, name) + quantity > amount(allocatable, name))
      reasons.push_back(cat("1 Insufficient ", name));
  if (reasons.empty()) return "";
  return cat("0/1 nodes are available: ", join(reasons, ", "), ".");
}

std::optional<PendingResize> why_not_resizable(const Pod& pod, const std::vector<Pod>& others,
                                               const ResourceList& allocatable) {
  const ResourceList requests = pod_resources(pod.spec).requests;
  for (const char* name : {"memory", "cpu"})
    if (amount(requests, name) > amount(allocatable, name))
      return PendingResize{"Infeasible", cat("Node didn't have enough capacity: ", name,
                                             ", requested: ", units(amount(requests, name), name),
                                             ", capacity: ", units(amount(allocatable, name), name))};
  const ResourceList held = held_requests(pod, false), all_used = used_by(others, pod, false);
  for (const char* name : kResizableNames) {
    const Quantity wanted = amount(requests, name), used = amount(all_used, name);
    // What does not grow needs no room, however full the node is.
    if (wanted <= amount(held, name) || used + wanted <= amount(allocatable, name)) continue;
    return PendingResize{"Deferred",
                         cat("Node didn't have enough resource: ", name, ", requested: ", units(wanted, name),
                             ", used: ", units(used, name), ", capacity: ", units(amount(allocatable, name), name))};
  }
  return {};
}

}  // namespace kube
