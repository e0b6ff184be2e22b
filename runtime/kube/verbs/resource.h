// What a user names: "pod web", "configmaps a b", "cm/a secret/b", "cm,secret", "web".
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/kinds.h"

namespace kube {

struct Resources {
  const KindNames* kind = nullptr;
  std::vector<std::string> names;  // empty: all
};

// The operands of get, describe, delete: kinds with commas and names, or KIND/NAME words; a group for each kind, in
// their order. Error: a kind that is not known here ("the server doesn't have a resource type" in kubectl).
Result<std::vector<Resources>> parse_resources(std::span<const std::string> operands);

// The same where pods are the only kind: their names, empty for all.
Result<std::vector<std::string>> parse_pod_names(std::span<const std::string> operands);

// The name of one pod: "web", "pod/web".
Result<std::string> parse_pod_name(const std::string& operand);

}  // namespace kube
