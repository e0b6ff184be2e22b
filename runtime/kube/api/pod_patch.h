// A pod that is changed, as an API server does it.
#pragma once

#include "base/result.h"
#include "runtime/kube/api/patch.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// The pod after the patch: decoded strictly, with defaults, valid, and changed only where it may be
// (validate_update.h). What is not the user's (uid, times, status) stays; `generation` is one more when the spec is
// another. `is_resize`: by the subresource `resize`, by which labels and annotations cannot change.
Result<Pod> patch_pod(const Pod& pod, const Patch& patch, bool is_resize);

}  // namespace kube
