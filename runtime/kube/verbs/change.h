// Changing an object of any kind that is there.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/api/object.h"
#include "runtime/kube/api/patch.h"
#include "runtime/kube/state/place.h"

namespace kube {

// A change as a verb has it.
struct ObjectPatch {
  PatchType type = PatchType::strategic;
  std::string text;
  std::string subresource;  // of a pod: "resize"; of a node: "status"; else none
};

// Changes the object, and says whether it is another now. A pod is changed by its supervisor, which alone writes its
// record; where there is none, here. Error: `pods "x" not found`, or why it must not be.
Result<bool> change_object(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name,
                           const ObjectPatch& patch);

// What `apply` makes of a pod that is there: see merge_applied().
Result<bool> apply_to_pod(const Place& place, const Pod& present, Pod wanted);

// What `replace` does. Error: `configmaps "x" not found`.
Result<bool> replace_any(const Place& place, const Object& wanted);

}  // namespace kube
