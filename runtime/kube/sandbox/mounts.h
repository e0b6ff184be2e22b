// The mounts of a container of a pod, as a CRI implementation lists them. Pure.
#pragma once

#include <vector>

#include "runtime/kube/sandbox/container_spec.h"

namespace kube {

// File systems of the kernel, the files in /etc, shared memory, the termination log, then the volumes, outer before
// inner. Error: a volume mount that names no volume of the pod.
Result<std::vector<sandbox::Mount>> container_mounts(const ContainerContext& context, bool read_only_root);

// Whether mounts that the container makes in one of its volumes show outside: mountPropagation Bidirectional.
bool shares_mounts(const Container& container);

// Where the container mounts volumes that are images. overlayfs(5) takes no map itself: its layers have it.
std::vector<std::string> image_targets(const ContainerContext& context);

}  // namespace kube
