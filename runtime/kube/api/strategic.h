// Strategic merge patches: how kubectl changes objects when nothing else is said.
#pragma once

#include "base/result.h"
#include "runtime/kube/api/node.h"

namespace kube {

// `change` over `present`: null takes a field away, items of lists that have names (merge_key.h) are merged by them,
// other lists are replaced. See apply_patch().
Result<Node> merge_strategic(const Node& present, const Node& change);

}  // namespace kube
