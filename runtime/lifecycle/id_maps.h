// The id maps of a new user namespace (user_namespaces(7)).
#pragma once

#include <vector>

#include "base/result.h"
#include "sandbox/container.h"

namespace lifecycle {

// Writes uid_map and gid_map of the process, which waits until then. What the kernel does not let us write ourselves an
// ordinary user's newuidmap(1) and newgidmap(1) write, from the ranges of /etc/subuid and /etc/subgid; but his own id
// alone he maps without them, and setgroups(2) is denied in the container then.
Result<> write_id_maps(pid_t pid, const std::vector<sandbox::IdMapping>& uids,
                       const std::vector<sandbox::IdMapping>& gids);

// The id on the host of an id in the container. Without maps it is the same. The reader of config.json has seen to it
// that ids in use are mapped.
uint32_t host_id(const std::vector<sandbox::IdMapping>& maps, uint32_t container_id);

}  // namespace lifecycle
