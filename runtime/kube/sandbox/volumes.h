// A pod's volumes: one folder (or file) each below the pod's data folder, from which the containers' mounts are made
// (mounts.h).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/sandbox/container_spec.h"

namespace kube {

struct VolumeFailure {
  std::string volume;
  std::string message;
};

// Makes those that `made` does not name yet and adds them to it. Mounts are made in the caller's mount namespace. Gives
// those that could not be made now and may be later. Images are made when a container first wants them
// (image_volumes.h).
std::vector<VolumeFailure> make_volumes(const PodContext& context, std::set<std::string>& made);

// Whether its files get the label of the container that mounts it (SELinux): all but those of the host, of images, and
// of claims that are read-only or bound to a hostPath (kubelet, the attributes of its volume plugins).
Result<bool> is_relabelled(const PodContext& context, const Volume& volume);

// Unmounts whatever is mounted of the pod's volumes in the caller's mount namespace.
Result<> unmount_volumes(const std::string& data_dir);

}  // namespace kube
