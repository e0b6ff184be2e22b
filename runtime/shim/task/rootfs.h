// The root of a container, which containerd describes by the mounts that make it up.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/shim/wire/common.h"

namespace shim {

// Mounts them at <bundle>/rootfs, one on the other; a target is below that. When one fails, those before it are taken
// away again. For a worker: it changes its working directory and may leave descriptors open.
Result<> mount_rootfs(const std::vector<wire::Mount>& mounts, const std::string& bundle);

// Takes away all that is mounted at <bundle>/rootfs and below. Nothing there is no error.
Result<> unmount_rootfs(const std::string& bundle);

}  // namespace shim
