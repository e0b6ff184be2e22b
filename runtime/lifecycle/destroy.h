// The end of a container, whichever way it comes to it.
#pragma once

#include "runtime/lifecycle/state_dir.h"
#include "runtime/oci/state.h"

namespace lifecycle {

// Kills what is left of the container, removes its cgroup and its state, and runs the poststop hooks, whose failures
// are warned about (runtime.md, Lifecycle, from "destroyed" on). The caller holds the directory's lock.
Result<> destroy(StateDir& dir, const oci::State& state);

// The same because a hook failed: the hook's error is what the caller hears of, one in destroying is warned about.
std::unexpected<Error> destroy_after(Error hook_failure, StateDir& dir, const oci::State& state);

}  // namespace lifecycle
