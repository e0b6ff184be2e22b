// Folders and file systems of a pod, by paths that only root can change.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/descriptor.h"

namespace kube {

// Makes the folder where it is missing; it has `mode` then, whatever the umask is.
Result<> make_directory(const std::string& path, mode_t mode);

// Opens the folder itself, not what a symlink of that name leads to.
Result<Fd> open_directory(const std::string& path);

// `flags`: MS_…; `options`: "mode=1777,size=64k".
Result<> mount_tmpfs(const std::string& path, unsigned long flags, const std::string& options);

}  // namespace kube
