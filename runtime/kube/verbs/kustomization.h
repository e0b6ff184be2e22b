// The objects that a folder with a kustomization.yaml makes.
#pragma once

#include <vector>

#include "base/result.h"
#include "runtime/kube/api/object.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {

// Those of -k DIR, in kustomize's order: its resources, and what its generators make, named with their hash; references
// of pods to them follow. All is read and checked before anything is acted on.
Result<std::vector<Object>> read_kustomization(const Call& call);

}  // namespace kube
