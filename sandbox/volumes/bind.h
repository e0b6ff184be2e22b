// Places shown at other places. The source is a descriptor: what was checked is what is mounted, whoever changes names
// meanwhile (CVE-2021-25741).
#pragma once

#include <functional>
#include <string>

#include "base/descriptor.h"

namespace volumes {

// A copy of the mount that `source` (O_PATH will do) is on, from there on down, with all that is mounted below;
// attached nowhere. The source must be in the caller's mount namespace.
Result<Fd> clone_tree(int source);

// Mounts the tree at `target`, which is made where it is missing: a directory, or a file for what is none. `target`
// must be in a folder that nobody hostile can change.
Result<> attach_tree(int tree, const std::string& target);

// Both.
Result<> bind_to(int source, const std::string& target);

// Mounts that appear below `target` from now on appear below all copies of it, and the other way round.
Result<> share_mounts(const std::string& target);

// What `open` opens in another mount namespace, from which the caller comes back at once; it must have one thread.
Result<Fd> open_elsewhere(int mount_namespace, const std::function<Result<Fd>()>& open);

// Takes away what is mounted at `target`, the last first. Mounts that the host has below its own copy stay there. What
// is no mount point is no error.
void unbind(const std::string& target);

// Whether what is mounted below the place of the descriptor shows elsewhere too (proc_pid_mountinfo(5), "shared:").
Result<bool> is_shared(int place);

}  // namespace volumes
