// Which lists of the API are maps in truth: their items have names.
#pragma once

#include <string_view>

#include "runtime/kube/api/node.h"

namespace kube {

// The field that tells the items of a list apart ("name" of `containers`, "mountPath" of `volumeMounts`), as the API's
// patchMergeKey has it; empty: the list is replaced as a whole.
std::string_view merge_key_of(std::string_view field);

// Whether every item has the field, and no two have the same: one port number may stand for TCP and for UDP.
bool has_keys(const Node& list, std::string_view key);

// The item whose field `key` says what that of `like` says; null when there is none.
const Node* find_item(const Node& list, std::string_view key, const Node& like);

}  // namespace kube
