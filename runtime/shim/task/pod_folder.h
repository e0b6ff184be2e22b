// The pod's folder in the bundle of a sandbox (see sandbox/pod_files.h) on the disk. For workers.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/shim/sandbox/pod_files.h"

namespace shim {

// Writes its files and mounts the memory that the pod shares. When it fails, nothing is mounted.
Result<> make_pod_folder(const Pod& pod);

// Takes the mount away, so that the bundle can be removed. Nothing there is no error.
Result<> unmount_pod_folder(const std::string& bundle);

}  // namespace shim
