// What tells an object from all others.
#pragma once

#include <tuple>

#include "base/text.h"
#include "runtime/kube/api/problem.h"

namespace kube {

// What names an object never changes: its kind, its name, its namespace.
template <class T>
std::optional<Problem> validate_identity(const T& before, const T& after) {
  for (const auto& [field, old, now] : {std::tuple("kind", &before.kind, &after.kind),
                                        {"apiVersion", &before.api_version, &after.api_version},
                                        {"metadata.name", &before.metadata.name, &after.metadata.name},
                                        {"metadata.namespace", &before.metadata.ns, &after.metadata.ns}})
    if (*old != *now) return invalid(field, *now, "field is immutable");
  return {};
}

}  // namespace kube
