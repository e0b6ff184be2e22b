// Objects of any kind, pods too, as the verbs show and remove them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/object.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Error: of events. They are kept with their pods (event_log.h), so nothing can be done with one by its name.
Result<> check_is_object(const KindNames& kind);

// One object, in kubectl's words when it is not there: `configmaps "web" not found` (is_not_found() of it).
Result<Object> find_object(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name);

// All of a kind in a namespace, or in all with an empty one; by namespace and name.
Result<std::vector<Object>> find_objects(const Place& place, const KindNames& kind, const std::string& ns);

}  // namespace kube
