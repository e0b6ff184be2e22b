// Reads /proc/self/mountinfo (proc(5)) as far as it is needed to find cgroup v2.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cgroups {

// The mount point of the first cgroup2 mount in the text, its octal escapes undone.
std::optional<std::string> find_cgroup2_mount(std::string_view mountinfo);

}  // namespace cgroups
