#include "runtime/kube/sandbox/pod_sysctls.h"

#include <algorithm>

namespace kube {

std::vector<sandbox::Sysctl> pod_sysctls(const PodSpec& spec) {
  std::vector<sandbox::Sysctl> sysctls;
  if (!spec.host_network) {
    sysctls.push_back({"net.ipv4.ip_unprivileged_port_start", "0"});
    // Within a user namespace the groups of such a range are not all there, and the kernel refuses it.
    if (spec.host_users.value_or(true)) sysctls.push_back({"net.ipv4.ping_group_range", "0 2147483647"});
  }
  if (!spec.security_context) return sysctls;
  for (const PodSysctl& own : spec.security_context->sysctls) {
    std::erase_if(sysctls, [&](const sandbox::Sysctl& other) { return other.key == own.name; });
    sysctls.push_back({own.name, own.value});
  }
  return sysctls;
}

}  // namespace kube
