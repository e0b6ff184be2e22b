// Reads /proc/self/mountinfo (proc(5)) as far as it is needed to find cgroup v2 and resctrl.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cgroups {

// The mount point of the first mount of that file system type in the text, its octal escapes undone.
std::optional<std::string> find_mount(std::string_view mountinfo, std::string_view type);
std::optional<std::string> find_cgroup2_mount(std::string_view mountinfo);

}  // namespace cgroups
