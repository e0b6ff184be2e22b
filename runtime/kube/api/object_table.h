// `get` of the objects beside Pods as tables, and the page of `describe`. Pure functions of what is known and of the
// time.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/api/object.h"
#include "runtime/kube/api/table.h"

namespace kube {

// kubectl's columns for the kind of the objects, which have all the same: NAME DATA AGE and the like, in the order
// given. With `prefix`, names are KIND/NAME, as when several kinds are asked for. A table of pods is print_pod_table's.
std::string print_object_table(const std::vector<Object>& objects, Time at, const TableOptions& options, bool prefix);

// The page of one object; a pod's is describe_pod's. `used_by` are the pods that name a claim. A Secret's values are
// never in it.
std::string describe_object(const Object& object, const std::vector<std::string>& used_by);

// The quantity of "storage"; empty without one.
std::string storage_text(const ResourceList& list);

// "RWO,ROX".
std::string access_modes_text(const std::vector<std::string>& modes);

}  // namespace kube
