// A container as it is at the moment, with its cgroup: what pause, update, ps and events begin with.
#pragma once

#include "cgroups/cgroups.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/oci/state.h"

namespace lifecycle {

struct ContainerCgroup {
  StateDir dir;
  oci::State state;
  cgroups::Hierarchy hierarchy;
};

// Fails when the container has no cgroup of its own (--cgroup-manager=disabled). Asks for no status.
Result<ContainerCgroup> open_container_cgroup(const std::string& root, const std::string& id);

// The same, and fails where the container is being made or is stopped: "container not running: it is stopped".
Result<ContainerCgroup> open_living_cgroup(const std::string& root, const std::string& id);

// Fails unless its program runs or is paused: "container not running: it is created".
Result<ContainerCgroup> open_running_cgroup(const std::string& root, const std::string& id);

}  // namespace lifecycle
