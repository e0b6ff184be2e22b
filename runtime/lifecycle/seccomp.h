// A container's seccomp profile on its way: checked with the plan, compiled while the child mounts, and its listener
// handed to the agent that decides.
#pragma once

#include "runtime/oci/state.h"
#include "security/seccomp_rules.h"

namespace lifecycle {

// Compiles the profile into the file that the child waits for.
Result<> write_seccomp(const security::CheckedProfile& profile, int file);

// Sends the listener of a process to the agent at the profile's listenerPath: one connection a process, one message,
// the descriptor with it (config-linux.md, "The Container Process State"). Errors name linux.seccomp.listenerPath.
Result<> pass_listener(const security::SeccompProfile& profile, const oci::State& state, oci::Status status,
                       pid_t process, int listener);

}  // namespace lifecycle
