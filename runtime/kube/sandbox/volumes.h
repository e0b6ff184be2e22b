// A pod's volumes: one folder each below the pod's data folder, from which the containers' mounts are made (mounts.h).
#pragma once

#include "base/result.h"
#include "runtime/kube/sandbox/container_spec.h"

namespace kube {

// Makes all of them. Mounts are made in the caller's mount namespace.
Result<> make_volumes(const PodContext& context);

}  // namespace kube
