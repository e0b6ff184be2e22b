#include "cgroups/hierarchy.h"

#include <linux/magic.h>
#include <sys/vfs.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "cgroups/mountinfo.h"

namespace cgroups {
namespace {

constexpr const char* kTop = "/sys/fs/cgroup";
constexpr const char* kHybrid = "/sys/fs/cgroup/unified";  // where systemd puts it on a host that also has v1

bool is_cgroup2(const char* path) {
  struct statfs info{};
  return statfs(path, &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
}

// Why the v2 hierarchy lacks a controller: /proc/cgroups has "name hierarchy-id count enabled", and an id that is not
// 0 is a v1 hierarchy.
std::string where_is(std::string_view controller) {
  auto text = read_file("/proc/cgroups");
  if (!text) return "";
  for (const std::string& line : split(*text, '\n')) {
    std::vector<std::string> fields = split(line, '\t');
    if (fields.size() < 4 || fields[0] != (controller == "io" ? "blkio" : controller)) continue;
    if (fields[3] == "0") return cat("the kernel was booted with cgroup_disable=", fields[0]);
    if (fields[1] != "0")
      return cat("it is bound to cgroup v1, which is not supported; boot with cgroup_no_v1=", fields[0]);
    return "it is not handed down to this part of the hierarchy";
  }
  return "";
}

}  // namespace

Result<Hierarchy> read_hierarchy() {
  if (is_cgroup2(kTop)) return Hierarchy{kTop, true};
  if (is_cgroup2(kHybrid)) return Hierarchy{kHybrid, false};
  auto mount = find_cgroup2_mount(TRY(read_file("/proc/self/mountinfo")));
  if (!mount) {
    return fail("no cgroup v2 hierarchy is mounted",
                "cgroup v1 is not supported; boot with systemd.unified_cgroup_hierarchy=1 or mount cgroup2 at "
                "/sys/fs/cgroup");
  }
  return Hierarchy{*mount, *mount == kTop};
}

Result<std::vector<std::string>> read_controllers(const Hierarchy& hierarchy) {
  std::string text = TRY(read_file(cat(hierarchy.mount, "/cgroup.controllers")));
  std::string_view names = trimmed(text);
  if (names.empty()) return std::vector<std::string>{};
  return split(names, ' ');
}

Result<> check_controllers(const Hierarchy& hierarchy, const std::vector<NeededController>& needed) {
  if (needed.empty()) return {};
  std::vector<std::string> available = TRY(read_controllers(hierarchy));
  for (const NeededController& controller : needed) {
    if (std::ranges::find(available, controller.name) != available.end()) continue;
    return fail(cat(controller.field, ": the ", controller.name, " controller is not in the cgroup v2 hierarchy at ",
                    hierarchy.mount),
                where_is(controller.name));
  }
  return {};
}

std::string_view name_of(Driver driver) {
  switch (driver) {
    case Driver::cgroupfs: return "cgroupfs";
    case Driver::systemd: return "systemd";
    case Driver::disabled: return "disabled";
  }
  return "";
}

std::optional<Driver> driver_named(std::string_view name) {
  for (Driver driver : {Driver::cgroupfs, Driver::systemd, Driver::disabled}) {
    if (name == name_of(driver)) return driver;
  }
  return std::nullopt;
}

}  // namespace cgroups
