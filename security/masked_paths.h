// Paths that containers get hidden or read-only unless told otherwise: what Docker, containerd's CRI and the kubelet
// send in maskedPaths and readonlyPaths.
#pragma once

#include <string>
#include <vector>

namespace security {

// Hidden: they tell of the host or steer it. A file is masked with /dev/null, a directory with an empty one; those that
// are not there are passed over, so a list may name more than one kernel has.
std::vector<std::string> default_masked_paths();

// Readable, not writable: kernel settings that are not of any namespace.
std::vector<std::string> default_readonly_paths();

}  // namespace security
