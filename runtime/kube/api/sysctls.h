// Which kernel settings a pod may have for itself. Pure.
#pragma once

#include <string>
#include <string_view>

namespace kube {

// The namespace that has a setting of its own; none: it would be the host's.
enum class SysctlScope { none, ipc, network };
SysctlScope sysctl_scope(std::string_view name);

// One that harms nobody else and cannot take more than the pod's limits: those that the kubelet allows without being
// told (1.32). `name` may have slashes for dots.
bool is_safe_sysctl(std::string_view name);

// What is wrong with the form of the name, in the API's words, or nothing.
std::string check_sysctl_name(std::string_view name);

}  // namespace kube
