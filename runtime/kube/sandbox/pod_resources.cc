#include "runtime/kube/sandbox/pod_resources.h"

#include <algorithm>

#include "base/text.h"
#include "cgroups/plan.h"
#include "runtime/kube/api/effective.h"

namespace kube {
namespace {

void set_cpu_limit(cgroups::Resources& resources, const Quantity* limit) {
  if (!limit || limit->is_zero()) return;
  resources.cpu.quota = quota_of(milli_value(*limit));
  resources.cpu.period = kCpuPeriod;
}

// "2MB" is what the cgroup's files call the pages of "hugepages-2Mi".
std::string page_name(int64_t size) {
  return size >= 1 << 30 ? cat(size >> 30, "GB") : size >= 1 << 20 ? cat(size >> 20, "MB") : cat(size >> 10, "KB");
}

// Of sizes that nobody has asked for there are none to have.
void set_huge_pages(cgroups::Resources& resources, const ResourceList& limits, const NodeInfo& node) {
  if (!node.has_hugetlb_controller) return;
  for (const HugePages& pages : node.huge_pages) {
    const std::string name = print_quantity(whole_quantity(pages.size, QuantityFormat::binary));
    const Quantity* limit = find_amount(limits, cat("hugepages-", name));
    resources.hugepages.push_back({page_name(pages.size), limit ? static_cast<uint64_t>(whole_value(*limit)) : 0});
  }
}

int64_t requested_milli_cpu(const ResourceRequirements& resources) {
  const Quantity* request = find_amount(resources.requests, "cpu");
  return request ? milli_value(*request) : 0;
}

}  // namespace

uint64_t shares_of(int64_t milli_cpu) {
  constexpr int64_t kLeast = 2, kMost = 262144;
  // Beyond the most anyway; multiplying would overflow.
  if (milli_cpu > kMost) return kMost;
  return static_cast<uint64_t>(std::clamp(milli_cpu * 1024 / 1000, kLeast, kMost));
}

int64_t quota_of(int64_t milli_cpu) {
  constexpr int64_t kLeast = 1000, kMilli = kCpuPeriod / 1000;
  if (milli_cpu > INT64_MAX / kMilli) return -1;
  return std::max(milli_cpu * kMilli, kLeast);
}

std::vector<cgroups::NeededController> needed_controllers(const PodSpec& spec) {
  std::vector<cgroups::NeededController> needed;
  const auto need = [&](const char* controller, const std::string& container, const char* list) {
    if (std::ranges::find(needed, controller, &cgroups::NeededController::name) != needed.end()) return;
    needed.push_back({controller, cat(container, ".resources.", list, "[", controller, "]")});
  };
  const auto need_all = [&](const ResourceRequirements& resources, const std::string& owner) {
    for (const char* controller : {"cpu", "memory"})
      if (find_amount(resources.limits, controller)) need(controller, owner, "limits");
    // A memory request only steers the OOM score; a CPU request is a weight.
    if (find_amount(resources.requests, "cpu")) need("cpu", owner, "requests");
    for (const auto& [name, limit] : resources.limits)
      if (name.starts_with("hugepages-")) need("hugetlb", owner, "limits");
  };
  if (spec.resources) need_all(*spec.resources, "spec");
  for (const auto& [containers, field] :
       {std::pair(&spec.containers, "spec.containers["), std::pair(&spec.init_containers, "spec.initContainers[")})
    for (size_t i = 0; i < containers->size(); i++) need_all((*containers)[i].resources, cat(field, i, "]"));
  return needed;
}

cgroups::Resources container_resources(const PodSpec& spec, const Container& container, const NodeInfo& node) {
  cgroups::Resources resources;
  const ResourceList limits = container_limits(spec, container);
  resources.devices = {{.allow = false, .type = 'a'}};
  const int64_t cpu = requested_milli_cpu(container.resources);
  if (cpu != 0 || node.has_cpu_controller) resources.cpu.shares = shares_of(cpu);
  set_cpu_limit(resources, find_amount(limits, "cpu"));
  const Quantity* memory = find_amount(limits, "memory");
  if (memory && !memory->is_zero()) {
    resources.memory.limit = whole_value(*memory);
    resources.memory.swap = resources.memory.limit;
  }
  if (node.has_memory_controller) resources.unified["memory.oom.group"] = "1";
  set_huge_pages(resources, limits, node);
  return resources;
}

cgroups::Resources pod_cgroup_resources(const PodSpec& spec, const NodeInfo& node) {
  cgroups::Resources resources;
  const ResourceRequirements sum = pod_resources(spec);
  const int64_t cpu = requested_milli_cpu(sum);
  // By the old straight line, which the kubelet still has at this level and above, so that pods of both compare.
  if (cpu != 0 || node.has_cpu_controller)
    resources.unified["cpu.weight"] = cat(cgroups::weight_of_shares_old(shares_of(cpu)));
  set_cpu_limit(resources, find_amount(sum.limits, "cpu"));
  if (const Quantity* memory = find_amount(sum.limits, "memory"); memory && !memory->is_zero())
    resources.memory.limit = whole_value(*memory);
  set_huge_pages(resources, sum.limits, node);
  return resources;
}

std::string pod_cgroup_path(std::string_view qos, const std::string& uid) {
  if (qos == "Guaranteed") return cat("/kubepods/pod", uid);
  return cat("/kubepods/", qos == "BestEffort" ? "besteffort" : "burstable", "/pod", uid);
}

int64_t memory_volume_size(const PodSpec& spec, const EmptyDir& volume, const NodeInfo& node) {
  int64_t size = node.memory;
  const ResourceRequirements sum = pod_resources(spec);
  if (const Quantity* memory = find_amount(sum.limits, "memory"); memory && !memory->is_zero())
    size = std::min(size, whole_value(*memory));
  if (volume.size_limit && !volume.size_limit->is_zero()) size = std::min(size, whole_value(*volume.size_limit));
  return size;
}

}  // namespace kube
