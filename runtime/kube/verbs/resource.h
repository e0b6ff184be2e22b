// What a user names: "pod web", "pods web db", "pod/web", "web".
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace kube {

enum class Kind { pod, ns, event };

struct Resources {
  Kind kind = Kind::pod;
  std::vector<std::string> names;  // empty: all
};

// The operands of get, describe, delete: a kind and names, or KIND/NAME words. Error: a kind that is not known here
// ("the server doesn't have a resource type" in kubectl).
Result<Resources> parse_resources(std::span<const std::string> operands);

// The name of one pod: "web", "pod/web".
Result<std::string> parse_pod_name(const std::string& operand);

}  // namespace kube
