// The objects of the files that -f names.
#pragma once

#include <vector>

#include "runtime/kube/api/object.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {

// Every -f: a file, "-" for stdin, or a folder with *.yaml, *.yml and *.json. All are read and checked before the first
// of them is acted on.
Result<std::vector<Object>> read_manifests(const Call& call);

}  // namespace kube
