// Requests and limits as the kubelet turns them into cgroups. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cgroups/hierarchy.h"
#include "cgroups/resources.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/sandbox/node_info.h"

namespace kube {

// v1 shares of a CPU request (kubelet, MilliCPUToShares): 1024 a CPU, within 2 to 262144; none is 2.
uint64_t shares_of(int64_t milli_cpu);

// Microseconds of 100 ms (MilliCPUToQuota): at least 1 ms.
int64_t quota_of(int64_t milli_cpu);
constexpr uint64_t kCpuPeriod = 100000;

// The controllers that the pod's requests and limits cannot do without, each with the first field that asks for it.
std::vector<cgroups::NeededController> needed_controllers(const PodSpec& spec);

// Limits of one container, its own or else the pod's: cpu.weight, cpu.max, memory.max, no swap, and the whole container
// dies when one of its processes runs out of memory (kubelet from 1.28). What nobody asked for is left out where the
// host has no controller.
cgroups::Resources container_resources(const PodSpec& spec, const Container& container, const NodeInfo& node);

// Limits of the pod's cgroup: a limit only when every container has it, weights as the kubelet's own cgroups have them.
cgroups::Resources pod_cgroup_resources(const PodSpec& spec, const NodeInfo& node);

// "/kubepods/burstable/podUID"; Guaranteed pods stand directly below /kubepods.
std::string pod_cgroup_path(std::string_view qos, const std::string& uid);

// How many bytes a volume in memory may take: its own limit, the pod's, and the machine's memory, whichever is least.
int64_t memory_volume_size(const PodSpec& spec, const EmptyDir& volume, const NodeInfo& node);

}  // namespace kube
