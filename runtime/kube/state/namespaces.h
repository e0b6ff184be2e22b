// Namespaces, and what each of them has from the start.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/state/place.h"

namespace kube {

// The names of those that exist: made by a manifest or by whatever was put into them, or with a pod; "default" always.
Result<std::vector<std::string>> list_namespaces(const Place& place);

// Makes what is missing of a namespace: its own object and the service account "default". To be called before anything
// is put into it, without the lock of the objects.
Result<> ensure_namespace(const Place& place, const std::string& ns);

// Removes it and all objects in it. Its pods must be gone.
Result<> remove_namespace(const Place& place, const std::string& ns);

}  // namespace kube
