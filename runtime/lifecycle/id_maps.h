// The id maps of a new user namespace (user_namespaces(7)).
#pragma once

#include <vector>

#include "base/result.h"
#include "sandbox/container.h"

namespace lifecycle {

// Writes uid_map and gid_map of the process. The process waits until then.
Result<> write_id_maps(pid_t pid, const std::vector<sandbox::IdMapping>& uids,
                       const std::vector<sandbox::IdMapping>& gids);

// The id on the host of an id in the container. Without maps it is the same. The reader of config.json has seen to it
// that ids in use are mapped.
uint32_t host_id(const std::vector<sandbox::IdMapping>& maps, uint32_t container_id);

// Sets how readily the kernel kills the process when memory runs out. Lowering needs CAP_SYS_RESOURCE.
Result<> write_oom_score(pid_t pid, int value);

}  // namespace lifecycle
