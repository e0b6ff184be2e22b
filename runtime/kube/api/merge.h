// What `apply` makes of an object that is there already.
#pragma once

#include "runtime/kube/api/node.h"

namespace kube {

// The three-way merge of kubectl: `wanted` over `present`, without what was in `last` (what was applied the last time)
// and is no more. So what others have set stays. Lists whose items have names (merge_key.h) are merged item by item,
// others are replaced as a whole.
Node merge_applied(const Node& present, const Node& last, const Node& wanted);

}  // namespace kube
