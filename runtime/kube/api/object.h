// An object of any kind.
#pragma once

#include <variant>

#include "runtime/kube/api/kinds.h"
#include "runtime/kube/api/node.h"
#include "runtime/kube/api/objects.h"

namespace kube {

using Object = std::variant<NodeObject, Namespace, LimitRange, ServiceAccount, ConfigMap, Secret, PersistentVolume,
                            PersistentVolumeClaim, Pod>;

const KindNames& kind_of(const Object& object);
const ObjectMeta& metadata_of(const Object& object);
ObjectMeta& metadata_of(Object& object);

// The object as the tree that is printed and that templates walk.
Node encode_object(const Object& object);
// A v1 List of them, as `get` gives for any number but one that is named.
Node encode_list(const std::vector<Object>& objects);

// Calls `f` with an empty object of that kind, whose type is what is wanted: what it gives is that of every type.
template <class F>
auto with_kind(const KindNames& kind, F f) {
  if (&kind == &KindOf<NodeObject>::names) return f(NodeObject());
  if (&kind == &KindOf<Namespace>::names) return f(Namespace());
  if (&kind == &KindOf<LimitRange>::names) return f(LimitRange());
  if (&kind == &KindOf<ServiceAccount>::names) return f(ServiceAccount());
  if (&kind == &KindOf<ConfigMap>::names) return f(ConfigMap());
  if (&kind == &KindOf<Secret>::names) return f(Secret());
  if (&kind == &KindOf<PersistentVolume>::names) return f(PersistentVolume());
  if (&kind == &KindOf<PersistentVolumeClaim>::names) return f(PersistentVolumeClaim());
  return f(Pod());
}

}  // namespace kube
