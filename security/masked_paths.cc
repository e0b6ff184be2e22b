#include "security/masked_paths.h"

#include <algorithm>
#include <cstring>

#include "base/directory.h"
#include "base/path.h"
#include "base/text.h"

namespace security {
namespace {

// One directory a CPU, on x86 that reports it: counts of thermal events are a side channel (moby, GHSA-6fw5-f8r9-fgfm).
std::vector<std::string> thermal_throttle_paths() {
  constexpr const char* kCpus = "/sys/devices/system/cpu";
  std::vector<std::string> paths;
  // All CPUs have it or none: the first is asked, and only then are they all listed.
  if (!path_exists(cat(kCpus, "/cpu0/thermal_throttle"))) return paths;
  const Directory dir(opendir(kCpus));
  while (const dirent* entry = dir ? readdir(dir.get()) : nullptr) {
    std::string_view name = entry->d_name;
    if (!name.starts_with("cpu") || !parse_number<unsigned>(name.substr(3))) continue;
    paths.push_back(cat(kCpus, "/", name, "/thermal_throttle"));
  }
  std::ranges::sort(paths);
  return paths;
}

}  // namespace

std::vector<std::string> default_masked_paths() {
  std::vector<std::string> paths = {
      "/proc/acpi",        "/proc/asound",        "/proc/interrupts", "/proc/kcore",
      "/proc/keys",        "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
      "/proc/sched_debug", "/proc/scsi",          "/sys/firmware",    "/sys/devices/virtual/powercap",
  };
  for (auto& path : thermal_throttle_paths()) paths.push_back(std::move(path));
  return paths;
}

std::vector<std::string> default_readonly_paths() {
  return {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
}

}  // namespace security
