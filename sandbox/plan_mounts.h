// The mounts of config.json, in their order.
#pragma once

#include <optional>
#include <string_view>

#include "sandbox/container.h"
#include "sandbox/id_maps.h"
#include "sandbox/plan.h"

namespace sandbox {

struct MountContext {
  std::string bundle;             // relative bind sources start here
  std::string mount_label;        // SELinux label for file systems made here, or empty
  std::string cgroup;             // host path of the container's cgroup directory
  bool cgroup_namespace = false;  // the container has its own
  bool pid_namespace = false;     // likewise
  bool user_namespace = false;
  IdMaps id_maps;  // of the container's user namespace, as far as the config has them
  std::vector<int16_t>
      sources;  // slots of bind sources that are open already, by mount, -1: none; see plan_live_mounts.h
};

struct MountOptions;

// The host's path that a mount shows, when it is one that binds; nothing for a file system of its own. Errors: a cgroup
// mount without a cgroup.
struct BindSource {
  std::string path;
  bool recursive = false;
};
Result<std::optional<BindSource>> find_bind_source(const Mount& mount, const MountOptions& options,
                                                   const MountContext& context);

// Opens it, detached; gives the slot.
int16_t plan_open_source(Plan& plan, const BindSource& source);

// kTargetNoSymlinks for what lies below /dev, /proc and /sys (a clean path), else 0.
uint32_t symlink_flags(std::string_view destination);

// Operations for all mounts below the root in the slot. Errors on input name the mount: "mounts[3] '/data': …".
Result<> plan_mounts(Plan& plan, int16_t root, const std::vector<Mount>& mounts, const MountContext& context);

// True when a bind mount covers /dev: then the devices there are the host's business.
bool binds_dev(const std::vector<Mount>& mounts);

}  // namespace sandbox
