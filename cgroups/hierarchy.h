// Where cgroup v2 is on this machine, and where in it a container goes.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cgroups {

struct Hierarchy {
  std::string mount;    // where cgroup2 is mounted: "/sys/fs/cgroup", or "/sys/fs/cgroup/unified" on a hybrid host
  bool unified = true;  // it is at /sys/fs/cgroup itself
};

// Finds the cgroup2 mount: by one statfs(2) where it is at /sys/fs/cgroup, else in /proc/self/mountinfo. Fails with a
// hint where there is none: cgroup v1 is not supported, and never written to.
Result<Hierarchy> read_hierarchy();

// The controllers that the top of the hierarchy has ("cpu", "memory" …). Read only when asked for, because a start
// without limits does not need them.
Result<std::vector<std::string>> read_controllers(const Hierarchy& hierarchy);

// Fails unless the hierarchy has every one of the controllers. `fields` names what asked for each, e.g.
// "linux.resources.memory"; the error names field, controller, mount and, as a hint, where the controller is instead.
struct NeededController {
  std::string name;   // "memory"
  std::string field;  // "linux.resources.memory.limit"
  bool operator==(const NeededController&) const = default;
};
Result<> check_controllers(const Hierarchy& hierarchy, const std::vector<NeededController>& needed);

// Who makes the cgroup: we by mkdir, systemd as a transient scope, or nobody (the process stays where it is).
enum class Driver { cgroupfs, systemd, disabled };

// "cgroupfs", "systemd", "disabled": as on the command line and in the state on disk.
std::string_view name_of(Driver driver);
std::optional<Driver> driver_named(std::string_view name);

// What must be kept on disk of a container's cgroup: with a Hierarchy it is enough for every function in control.h.
struct Location {
  Driver driver = Driver::cgroupfs;
  std::string path;   // below the mount, starts with '/'; for systemd what Cgroup::adopt() found; empty when disabled
  std::string slice;  // systemd only: "machine.slice"
  std::string scope;  // systemd only: "libpod-1234.scope"
  int parents_made = 0;  // how many of its parents create() had to make: remove() takes them away when they are empty
};

// Works out the place from linux.cgroupsPath (config-linux.md, "Cgroups Path") and the container's id.
// cgroupfs: an absolute path counts from the mount, a relative one from the top (root) or from the parent of our own
// cgroup (others); an empty one is "/nacelle-ID". systemd: "slice:prefix:name"; an empty slice is system.slice (root)
// or user.slice, an empty cgroupsPath is ":nacelle:ID". Fails on "..", control bytes, the top itself, a
// slice:prefix:name given to cgroupfs, a plain path given to systemd, and a slice name that systemd would refuse.
// Touches nothing.
Result<Location> locate(Driver driver, const std::string& cgroups_path, const std::string& id);

// Path below the mount of a process, from /proc/PID/cgroup; pid 0 is ourselves; the top is "". ENOENT when there is no
// such process, or when it is outside of our cgroup namespace.
Result<std::string> read_path_of(pid_t pid);

}  // namespace cgroups
