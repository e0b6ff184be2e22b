// Mounts that a container gets, or loses, when it is there already.
#pragma once

#include "sandbox/plan_mounts.h"

namespace sandbox {

// First of the operations for adding mounts, before the container's namespaces are joined: opens what is to be bound on
// the host. Gives MountContext::sources for the plan_mounts() that follows. The trees are cut off from the host's
// propagation as the container's own mounts are, by `propagation`: linux.rootfsPropagation. Errors name the mount.
Result<std::vector<int16_t>> plan_mount_sources(Plan& plan, const std::vector<Mount>& mounts,
                                                const MountContext& context, const std::string& propagation);

// Takes away the mount on each destination, in the order given; what is used of it stays until it no longer is. Errors:
// the root itself.
Result<> plan_unmounts(Plan& plan, int16_t root, const std::vector<std::string>& destinations);

}  // namespace sandbox
