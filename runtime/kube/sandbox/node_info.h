// What this machine has to give, as far as a pod's settings depend on it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "cgroups/hierarchy.h"

namespace kube {

struct HugePages {
  int64_t size = 0, count = 0;  // bytes of one; how many the kernel has set aside
};

struct NodeInfo {
  std::string name;
  std::string address;  // the first that others can reach it by; else 127.0.0.1
  int64_t memory = 0;   // bytes
  int64_t milli_cpu = 0;
  std::vector<HugePages> huge_pages;
  // Controllers of the cgroup v2 hierarchy.
  bool has_cpu_controller = false, has_memory_controller = false, has_hugetlb_controller = false;
  int least_oom_score_adj = -1000;  // lower ones are refused to us here
};

Result<NodeInfo> read_node_info(const cgroups::Hierarchy& hierarchy);

// The name under which the pods run: the host's.
std::string read_node_name();

// Protects the calling process from the OOM killer as far as the host lets us, and gives the lowest score that it lets
// us set: without CAP_SYS_RESOURCE (root in many a container) the present one cannot be undercut (proc(5)).
int lower_oom_score_adj();

}  // namespace kube
