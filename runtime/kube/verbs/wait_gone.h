// Waiting for the end of an object that something still holds.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/api/kinds.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Waits until the persistent volume or claim is gone, at most so many milliseconds (-1: for ever). False on time-out.
Result<bool> wait_until_gone(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name,
                             int milliseconds);

}  // namespace kube
