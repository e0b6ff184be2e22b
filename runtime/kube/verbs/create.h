// What apply and create share.
#pragma once

#include <string_view>

#include "base/result.h"
#include "runtime/kube/api/object.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {

// Makes a new pod: its folder, its record, its supervisor. A failure leaves nothing.
Result<> create_pod(const Place& place, const Pod& pod);

// --dry-run=client or none.
Result<bool> is_dry_run(const Call& call);

// "configmap/x created", with "(dry run)" behind it when nothing was done.
Result<> say_done(const Object& object, std::string_view done, bool is_dry);

}  // namespace kube
