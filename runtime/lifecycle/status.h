// What a container is doing, asked of the kernel each time.
#pragma once

#include <optional>

#include "base/pidfd.h"
#include "cgroups/cgroups.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/oci/state.h"

namespace lifecycle {

// The container's init, if it lives: the pid counts only together with its start time, since pids are used again.
std::optional<Pidfd> open_init(const oci::State& state);

// A key of State::extra: the container was made by criu.
constexpr const char* kRestored = "restored";

// creating, created, running, paused or stopped (runtime.md "State").
oci::Status read_status(const StateDir& dir, const oci::State& state);

// Where the container's cgroup is, out of its state.
cgroups::Location cgroup_location(const oci::State& state);

}  // namespace lifecycle
