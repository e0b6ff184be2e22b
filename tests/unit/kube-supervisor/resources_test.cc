#include <doctest/doctest.h>

#include "runtime/kube/sandbox/pod_resources.h"

namespace {

kube::NodeInfo node_with(bool controllers) {
  kube::NodeInfo node;
  node.memory = int64_t{8} << 30;
  node.milli_cpu = 4000;
  node.has_cpu_controller = node.has_memory_controller = controllers;
  return node;
}

kube::Container container(const char* request, const char* limit, const char* memory) {
  kube::Container made;
  if (*request) made.resources.requests["cpu"] = *kube::parse_quantity(request);
  if (*limit) made.resources.limits["cpu"] = *kube::parse_quantity(limit);
  if (*memory) made.resources.limits["memory"] = *kube::parse_quantity(memory);
  return made;
}

}  // namespace

TEST_CASE("shares and quota of milli-CPUs, clamped as the kubelet does") {
  CHECK(kube::shares_of(0) == 2);
  CHECK(kube::shares_of(1) == 2);
  CHECK(kube::shares_of(500) == 512);
  CHECK(kube::shares_of(1000) == 1024);
  CHECK(kube::shares_of(1'000'000) == 262144);
  CHECK(kube::shares_of(INT64_MAX) == 262144);
  CHECK(kube::quota_of(1) == 1000);
  CHECK(kube::quota_of(500) == 50'000);
  CHECK(kube::quota_of(2000) == 200'000);
  CHECK(kube::quota_of(INT64_MAX) == -1);
}

TEST_CASE("a container's limits: no swap beyond memory, the whole container dies of OOM") {
  const auto resources = kube::container_resources({}, container("500m", "1", "200Mi"), node_with(true));
  CHECK(resources.cpu.shares == 512);
  CHECK(resources.cpu.quota == 100'000);
  CHECK(resources.memory.limit == 209715200);
  CHECK(resources.memory.swap == 209715200);
  CHECK(resources.unified.at("memory.oom.group") == "1");
  REQUIRE(resources.devices.size() == 1);
  CHECK(!resources.devices[0].allow);
}

TEST_CASE("without limits nothing is asked of a host without controllers") {
  const auto resources = kube::container_resources({}, container("", "", ""), node_with(false));
  CHECK(!resources.cpu.shares);
  CHECK(!resources.cpu.quota);
  CHECK(!resources.memory.limit);
  CHECK(resources.unified.empty());
  kube::PodSpec spec;
  spec.containers = {container("", "", "")};
  CHECK(kube::pod_cgroup_resources(spec, node_with(false)).unified.empty());
  CHECK(kube::needed_controllers(spec).empty());
  CHECK(kube::container_resources({}, container("", "", ""), node_with(true)).cpu.shares == 2);
}

TEST_CASE("a pod is limited only when every container is; its weight is the sum by the old line") {
  kube::PodSpec spec;
  spec.containers = {container("512m", "1", "100Mi"), container("512m", "", "100Mi")};
  const auto resources = kube::pod_cgroup_resources(spec, node_with(true));
  CHECK(!resources.cpu.quota);
  CHECK(resources.memory.limit == 200 << 20);
  CHECK(resources.unified.at("cpu.weight") == "40");
}

TEST_CASE("a pod has the huge pages of all its containers, also when some ask for none") {
  kube::PodSpec spec;
  spec.containers = {container("", "", ""), container("", "", "1Gi"), container("", "", "1Gi")};
  for (size_t i = 1; i < 3; i++) spec.containers[i].resources.limits["hugepages-2Mi"] = *kube::parse_quantity("4Mi");
  kube::NodeInfo node = node_with(true);
  node.has_hugetlb_controller = true;
  node.huge_pages = {{2 << 20, 16}, {1 << 30, 0}};
  const auto limits_of = [](const cgroups::Resources& resources) {
    std::vector<std::pair<std::string, uint64_t>> limits;
    for (const auto& one : resources.hugepages) limits.emplace_back(one.page_size, one.limit);
    return limits;
  };
  using Limits = std::vector<std::pair<std::string, uint64_t>>;
  CHECK(limits_of(kube::pod_cgroup_resources(spec, node)) == Limits{{"2MB", 8 << 20}, {"1GB", 0}});
  CHECK(limits_of(kube::container_resources(spec, spec.containers[0], node)) == Limits{{"2MB", 0}, {"1GB", 0}});
  CHECK(limits_of(kube::container_resources(spec, spec.containers[1], node)) == Limits{{"2MB", 4 << 20}, {"1GB", 0}});
}

TEST_CASE("a pod's own resources: they are its cgroup's, and the limits of containers that have none") {
  kube::PodSpec spec;
  spec.containers = {container("512m", "", ""), container("", "1", "100Mi")};
  spec.resources.emplace().limits = {{"cpu", *kube::parse_quantity("2")}, {"memory", *kube::parse_quantity("300Mi")}};
  spec.resources->requests = {{"cpu", *kube::parse_quantity("1024m")}};
  const auto resources = kube::pod_cgroup_resources(spec, node_with(true));
  CHECK(resources.cpu.quota == 200'000);
  CHECK(resources.memory.limit == 300 << 20);
  CHECK(resources.unified.at("cpu.weight") == "40");
  const auto first = kube::container_resources(spec, spec.containers[0], node_with(true));
  CHECK(first.cpu.quota == 200'000);
  CHECK(first.cpu.shares == 524);
  CHECK(first.memory.limit == 300 << 20);
  const auto second = kube::container_resources(spec, spec.containers[1], node_with(true));
  CHECK(second.cpu.quota == 100'000);
  CHECK(second.memory.limit == 100 << 20);
  const auto needed = kube::needed_controllers(spec);
  REQUIRE(needed.size() == 2);
  CHECK(needed[0].field == "spec.resources.limits[cpu]");
  CHECK(needed[1].field == "spec.resources.limits[memory]");
}

TEST_CASE("the controllers that are needed, each with the field that asks") {
  kube::PodSpec spec;
  spec.containers = {container("", "", ""), container("100m", "", "1Mi"), container("", "1", "1Mi")};
  const auto needed = kube::needed_controllers(spec);
  REQUIRE(needed.size() == 2);
  CHECK(needed[0].name == "memory");
  CHECK(needed[0].field == "spec.containers[1].resources.limits[memory]");
  CHECK(needed[1].field == "spec.containers[1].resources.requests[cpu]");
}

TEST_CASE("where a pod's cgroup stands") {
  CHECK(kube::pod_cgroup_path("Guaranteed", "U") == "/kubepods/podU");
  CHECK(kube::pod_cgroup_path("Burstable", "U") == "/kubepods/burstable/podU");
  CHECK(kube::pod_cgroup_path("BestEffort", "U") == "/kubepods/besteffort/podU");
}

TEST_CASE("a volume in memory: the least of its own limit, the pod's and the machine") {
  kube::PodSpec spec;
  spec.containers = {container("", "", "")};
  kube::EmptyDir volume;
  CHECK(kube::memory_volume_size(spec, volume, node_with(true)) == int64_t{8} << 30);
  spec.containers = {container("", "", "64Mi")};
  CHECK(kube::memory_volume_size(spec, volume, node_with(true)) == 64 << 20);
  volume.size_limit = *kube::parse_quantity("1Mi");
  CHECK(kube::memory_volume_size(spec, volume, node_with(true)) == 1 << 20);
}
