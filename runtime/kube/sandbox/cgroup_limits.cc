#include "runtime/kube/sandbox/cgroup_limits.h"

#include <unistd.h>

#include "base/text.h"
#include "cgroups/plan.h"
#include "runtime/kube/sandbox/pod_resources.h"

namespace kube {
namespace {

int64_t whole_pages(int64_t bytes) {
  const int64_t size = sysconf(_SC_PAGESIZE);
  return bytes / size * size;
}

const Quantity* find(const ResourceList& list, const char* name) {
  const auto found = list.find(name);
  return found == list.end() || found->second.is_zero() ? nullptr : &found->second;
}

// The first amount whose value in the kernel is the one that is there; else that value itself, or none for no limit.
template <class Value>
void show(ResourceList& list, const char* name, const std::optional<Value>& actual,
          const std::vector<const Quantity*>& given, Value (*value_of)(const Quantity&),
          Quantity (*quantity_of)(Value)) {
  for (const Quantity* quantity : given)
    if (quantity && actual == value_of(*quantity)) {
      list[name] = *quantity;
      return;
    }
  list.erase(name);
  if (actual) list[name] = quantity_of(*actual);
}

int64_t memory_value(const Quantity& quantity) {
  return whole_pages(whole_value(quantity));
}
Quantity memory_quantity(int64_t bytes) {
  return whole_quantity(bytes, QuantityFormat::binary);
}
int64_t quota_value(const Quantity& quantity) {
  return quota_of(milli_value(quantity));
}
Quantity quota_quantity(int64_t quota) {
  return milli_quantity(quota * 1000 / static_cast<int64_t>(kCpuPeriod));
}
uint64_t weight_value(const Quantity& quantity) {
  return cgroups::weight_of_shares_new(shares_of(milli_value(quantity)));
}

}  // namespace

CgroupLimits limits_of(const cgroups::Resources& resources) {
  CgroupLimits limits;
  if (resources.memory.limit && *resources.memory.limit > 0) limits.memory = whole_pages(*resources.memory.limit);
  if (resources.cpu.quota && *resources.cpu.quota > 0) limits.cpu_quota = resources.cpu.quota;
  if (resources.cpu.shares) limits.cpu_weight = cgroups::weight_of_shares_new(*resources.cpu.shares);
  if (const auto weight = resources.unified.find("cpu.weight"); weight != resources.unified.end())
    limits.cpu_weight = parse_number<uint64_t>(weight->second);
  return limits;
}

CgroupLimits limits_of(const cgroups::Limits& limits) {
  CgroupLimits out;
  if (limits.memory_max) out.memory = static_cast<int64_t>(*limits.memory_max);
  if (limits.cpu_quota && limits.cpu_period != 0)
    out.cpu_quota = static_cast<int64_t>(*limits.cpu_quota * kCpuPeriod / limits.cpu_period);
  out.cpu_weight = limits.cpu_weight;
  return out;
}

cgroups::Resources resources_of(const LimitWrite& write) {
  cgroups::Resources resources;
  switch (write.kind) {
    case LimitKind::memory:
      resources.memory.limit = write.value.value_or(-1);
      // Without a limit of memory, one of swap stays as the node has it: none is set.
      if (write.container && write.value) resources.memory.swap = resources.memory.limit;
      resources.memory.check_before_update = true;
      break;
    case LimitKind::cpu_quota:
      resources.cpu.quota = write.value.value_or(-1);
      resources.cpu.period = kCpuPeriod;
      break;
    case LimitKind::cpu_weight: resources.unified["cpu.weight"] = cat(*write.value); break;
  }
  return resources;
}

ResourceRequirements shown_resources(const std::vector<const ResourceRequirements*>& given,
                                     const CgroupLimits& actual) {
  ResourceRequirements shown = *given.front();
  std::vector<const Quantity*> memory, quota, weight;
  for (const ResourceRequirements* one : given) {
    memory.push_back(find(one->limits, "memory"));
    quota.push_back(find(one->limits, "cpu"));
    weight.push_back(find(one->requests, "cpu"));
  }
  show<int64_t>(shown.limits, "memory", actual.memory, memory, memory_value, memory_quantity);
  show<int64_t>(shown.limits, "cpu", actual.cpu_quota, quota, quota_value, quota_quantity);
  // A weight that nobody has asked for says nothing of a request.
  for (const Quantity* quantity : weight)
    if (quantity && actual.cpu_weight && *actual.cpu_weight == weight_value(*quantity)) {
      shown.requests["cpu"] = *quantity;
      break;
    }
  return shown;
}

}  // namespace kube
