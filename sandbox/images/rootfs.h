// A container's root file system made of an image's layers.
#pragma once

#include <string>
#include <vector>

#include "sandbox/images/store.h"

namespace images {

struct Rootfs {
  std::string path;         // <dir>/rootfs
  bool is_overlay = false;  // false: a plain copy, because the file system under `dir` cannot carry an overlay
};

// Mounts overlayfs at <dir>/rootfs: the layers (diff ids, lowest first) below, <dir>/upper and <dir>/work above.
// Device nodes of the image do not work there (nodev): /dev is the runtime's. Where overlayfs refuses the file system
// of `dir` (another overlay, NFS), the layers are copied into <dir>/rootfs instead. The mount is made in the caller's
// mount namespace: a supervisor with its own takes it away by ending. Errors leave nothing in `dir`. With a
// `user_namespace` (a descriptor, else -1) the files belong to the ids that it maps theirs to: overlayfs takes lower
// layers whose mounts have their ids mapped (Linux 5.19), while the store stays as it is.
Result<Rootfs> mount_layers(const Store& store, const std::vector<std::string>& layers, const std::string& dir,
                            int user_namespace = -1);

// As above, always the copy.
Result<Rootfs> copy_layers(const Store& store, const std::vector<std::string>& layers, const std::string& dir,
                           int user_namespace = -1);

// Unmounts and removes what mount_layers and prepare_rootfs made in `dir`, and drops the use. Nothing there is no
// error.
Result<> remove_rootfs(const Store& store, const std::string& dir);

}  // namespace images
