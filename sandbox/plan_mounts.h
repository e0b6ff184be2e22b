// The mounts of config.json, in their order.
#pragma once

#include "sandbox/container.h"
#include "sandbox/id_maps.h"
#include "sandbox/plan.h"

namespace sandbox {

struct MountContext {
  std::string bundle;             // relative bind sources start here
  std::string mount_label;        // SELinux label for file systems made here, or empty
  std::string cgroup;             // host path of the container's cgroup directory
  bool cgroup_namespace = false;  // the container has its own
  bool user_namespace = false;
  IdMaps id_maps;              // of the container's user namespace, as far as the config has them
  bool pid_namespace = false;  // likewise
};

// Operations for all mounts below the root in the slot. Errors on input name the mount: "mounts[3] '/data': …".
Result<> plan_mounts(Plan& plan, int16_t root, const std::vector<Mount>& mounts, const MountContext& context);

// True when a bind mount covers /dev: then the devices there are the host's business.
bool binds_dev(const std::vector<Mount>& mounts);

}  // namespace sandbox
