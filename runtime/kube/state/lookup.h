// Objects of any kind, pods too, as the verbs show and remove them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/object.h"
#include "runtime/kube/state/place.h"

namespace kube {

// One object, in kubectl's words when it is not there: `configmaps "web" not found` (is_not_found() of it).
Result<Object> find_object(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name);

// All of a kind in a namespace, or in all with an empty one; by namespace and name.
Result<std::vector<Object>> find_objects(const Place& place, const KindNames& kind, const std::string& ns);

}  // namespace kube
