// What tells an object from all others.
#pragma once

#include <optional>
#include <tuple>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/api/problem.h"

namespace kube {

// What an API server keeps of an object's metadata whatever a change says of it: its times and its generation; and its
// uid where the change says none.
void keep_what_is_ours(const ObjectMeta& before, ObjectMeta& after);

// What names an object never changes: its kind, its name, its namespace, its uid.
template <class T>
std::optional<Problem> validate_identity(const T& before, const T& after) {
  for (const auto& [field, old, now] : {std::tuple("kind", &before.kind, &after.kind),
                                        {"apiVersion", &before.api_version, &after.api_version},
                                        {"metadata.name", &before.metadata.name, &after.metadata.name},
                                        {"metadata.namespace", &before.metadata.ns, &after.metadata.ns},
                                        {"metadata.uid", &before.metadata.uid, &after.metadata.uid}})
    if (*old != *now) return invalid(field, *now, "field is immutable");
  return {};
}

}  // namespace kube
