// The folders, files and mounts of a pod that its containers share.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/sandbox/container_spec.h"

namespace kube {

// Makes the pod's data folder, with its shared memory. Mounts are made in the caller's mount namespace and go with it,
// so the supervisor must have one of its own.
Result<> make_pod_files(const PodContext& context);

// Writes its /etc files, which tell its address, in the data folder. `remarks` gets what had to be left out of
// resolv.conf, in the kubelet's words.
Result<> make_etc_files(const PodContext& context, std::vector<std::string>& remarks);

// Makes a container's folder with an empty termination log.
Result<> make_container_files(const std::string& dir);

// At most the last 4096 bytes of what the container wrote to its termination log (core/v1, terminationMessagePath).
std::string read_termination_message(const std::string& dir);

// Removes the pod's data folder. Mounts of this namespace in it are taken away first.
Result<> remove_pod_files(const std::string& data_dir);

}  // namespace kube
