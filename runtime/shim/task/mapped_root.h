// Roots whose files belong to others than the file system says: with the mount options uidmap= and gidmap= containerd 2
// gives the layers of an image to a user namespace without changing their owners on the disk (idmapped mounts,
// mount_setattr(2)).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/id_maps.h"
#include "sandbox/mount_options.h"

namespace shim {

// Takes both out of the options of a root's mount: each "0:100000:65536", several with commas between them: the first
// id in the files, the first on the host, how many. Empty when neither is there. Errors: one alone, another form.
Result<sandbox::IdMaps> take_root_maps(sandbox::MountOptions& options);

// The tree of mounts at `path`, `recursive`: with what is mounted below it. It lies nowhere until it is attached, and
// goes with the descriptor when it is not.
Result<Fd> clone_tree(const std::string& path, bool recursive);
Result<> attach_tree(int tree, int place);

// An overlay whose lower layers are mapped, which is what the kernel can map of one. What is written goes to the upper
// layer under the ids of the host.
struct MappedOverlay {
  std::string source;       // as mount(2) has it
  unsigned long flags = 0;  // MS_…
  std::vector<std::string> layers;
  std::string other_options;  // all but lowerdir
  sandbox::IdMaps maps;
};
// Mounts it on `place`, which `path` leads to as well. The caller must be alone in its process, and loses its working
// directory.
Result<> mount_mapped(const MappedOverlay& overlay, const std::string& path, int place);

}  // namespace shim
