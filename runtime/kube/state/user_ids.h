// The ids of the host that pods with a user namespace of their own have: 65,536 each, and nobody else's.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "runtime/kube/state/place.h"

namespace kube {

constexpr uint32_t kIdsOfPod = 65536;

// Takes a range for the pod, or gives the one that it has. What is taken is recorded below the place's root, as a
// symlink from the range to the pod's uid: made at once or not at all, whenever we are killed. Ranges that /etc/subuid
// or /etc/subgid give to somebody are passed over, and where the search begins depends on the pod, so that two places
// on one machine hardly ever meet. Gives the first id. Error: all are taken.
Result<uint32_t> take_user_ids(const Place& place, const std::string& pod_uid);

// Gives the pod's range back; no error when it has none.
Result<> give_back_user_ids(const Place& place, const std::string& pod_uid);

// Whether a line of /etc/subuid ("NAME:FIRST:COUNT") gives away ids of the range that begins with `first`. Pure.
bool is_given_away(const std::string& subordinate_ids, uint32_t first);

}  // namespace kube
