// JSON patches (RFC 6902) with JSON pointers (RFC 6901).
#pragma once

#include "base/result.h"
#include "runtime/kube/api/node.h"

namespace kube {

// The object after all operations of the list, in their order. Errors in the API server's words: "replace operation
// does not apply: doc is missing key: /spec/x: missing value".
Result<Node> apply_json_patch(const Node& object, const Node& operations);

}  // namespace kube
