// What the API server's checks give.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kube {

struct Problem {
  std::string path;     // "spec.containers[0].image"
  std::string message;  // "Required value"
};

// Nothing when the message is empty.
std::optional<Problem> invalid(const std::string& path, std::string_view value, std::string_view message);
// Nothing when there is a value.
std::optional<Problem> required(const std::string& path, std::string_view value);

// The error of a problem: `The ConfigMap "x" is invalid: data[a]: Required value`.
Result<> refuse_invalid(std::string_view kind, std::string_view name, const std::optional<Problem>& problem);

}  // namespace kube
