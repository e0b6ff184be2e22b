// Making, changing and removing the objects beside Pods, as kubectl does it.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/api/object.h"
#include "runtime/kube/api/patch.h"
#include "runtime/kube/state/place.h"

namespace kube {

enum class Change : uint8_t { created, configured, unchanged };

// What `apply` does: a new object is made; one that is there becomes what is wanted, and keeps what others than an
// earlier `apply` have set (a three-way merge, with the annotation last-applied-configuration). Error: `The ConfigMap
// "x" is invalid: …` when what must not change would.
Result<Change> apply_object(const Place& place, const Object& wanted);

// What `patch`, `label` and `annotate` do. Error: `configmaps "x" not found`.
Result<Change> patch_object(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name,
                            const Patch& patch);

// What `replace` does: the object is what is given, as a whole. Error: `configmaps "x" not found`.
Result<Change> replace_object(const Place& place, const Object& wanted);

// What `create` does: an object that is there is an error.
Result<> create_object(const Place& place, const Object& object);

// Whether it is a kind of storage/: one whose objects may stay for a while after delete_object().
bool is_storage(const KindNames& kind);

// Error: `configmaps "x" not found`. A pod is not removed here.
Result<> delete_object(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name);

}  // namespace kube
