// A container's root file system made of an image's layers.
#pragma once

#include <string>
#include <vector>

#include "sandbox/images/store.h"

namespace images {

// How the files of the image show.
struct RootfsView {
  int user_namespace = -1;  // they belong to the ids that it maps theirs to; -1: to those of the image
  std::string label = {};   // their SELinux context; empty: what the policy gives files of that place
};

struct Rootfs {
  std::string path;         // <dir>/rootfs
  bool is_overlay = false;  // false: a plain copy, because the file system under `dir` cannot carry an overlay
};

// Mounts overlayfs at <dir>/rootfs: the layers (diff ids, lowest first) below, <dir>/upper and <dir>/work above.
// Device nodes of the image do not work there (nodev): /dev is the runtime's. Where overlayfs refuses the file system
// of `dir` (another overlay, NFS), the layers are copied into <dir>/rootfs instead. The mount is made in the caller's
// mount namespace: a supervisor with its own takes it away by ending. Errors leave nothing in `dir`. overlayfs takes
// lower layers whose mounts have their ids mapped (Linux 5.19), so the store stays as it is, whatever the view.
Result<Rootfs> mount_layers(const Store& store, const std::vector<std::string>& layers, const std::string& dir,
                            const RootfsView& view = {});

// As above, always the copy. The label is the caller's to set.
Result<Rootfs> copy_layers(const Store& store, const std::vector<std::string>& layers, const std::string& dir,
                           const RootfsView& view = {});

// Unmounts and removes what mount_layers and prepare_rootfs made in `dir`, and drops the use. Nothing there is no
// error.
Result<> remove_rootfs(const Store& store, const std::string& dir);

}  // namespace images
