// The hash that kustomize and `create --append-hash` put behind a name, so that changed content has another name.
#pragma once

#include <string>

#include "runtime/kube/api/objects.h"

namespace kube {

// Ten letters and digits, of kind, name and content: SHA-256 of their JSON as Go writes it.
std::string hash_object(const ConfigMap& map);
std::string hash_object(const Secret& secret);

}  // namespace kube
