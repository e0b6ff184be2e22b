#include "security/masked_paths.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/path.h"

namespace {

bool has(const std::vector<std::string>& paths, const char* path) {
  return std::ranges::find(paths, path) != paths.end();
}

}  // namespace

TEST_CASE("masked paths: what tells of the host is hidden") {
  auto paths = security::default_masked_paths();
  for (const char* path : {"/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
                           "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug",
                           "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap"}) {
    CAPTURE(path);
    CHECK(has(paths, path));
  }
  const char* thermal = "/sys/devices/system/cpu/cpu0/thermal_throttle";
  CHECK(has(paths, thermal) == path_exists(thermal));
  std::ranges::sort(paths);
  CHECK(std::ranges::adjacent_find(paths) == paths.end());
}

TEST_CASE("masked paths: kernel settings are read-only") {
  auto paths = security::default_readonly_paths();
  CHECK(paths == std::vector<std::string>{"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"});
}
