// Label selectors: "app=web,tier!=db,env in (a,b),!canary".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

struct SelectorTerm {
  std::string key;
  bool is_negative = false;         // !=, notin, !key
  bool has_values = false;          // false: whether the key is there
  std::vector<std::string> values;  // one of them
};
// All of them hold.
using Selector = std::vector<SelectorTerm>;

Result<Selector> parse_selector(std::string_view text);

// As the API does it, a label that is not there fulfils != and notin.
bool is_selected(const Selector& selector, const StringMap& labels);

}  // namespace kube
