// Whether a pod's claims let it start: the part of the scheduler that looks at volumes. Pure.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/storage/binding.h"

namespace kube {

// Empty when all claims of the pod are bound and free for it; else the scheduler's message, `0/1 nodes are available:
// persistentvolumeclaim "x" not found.` Among `others`, the pod itself does not count.
std::string why_claims_wait(const Pod& pod, const std::vector<Pod>& others, const Storage& storage,
                            const std::string& node);

}  // namespace kube
