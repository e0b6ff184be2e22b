// What the API server's checks give.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace kube {

struct Problem {
  std::string path;     // "spec.containers[0].image"
  std::string message;  // "Required value"
};

// Nothing when the message is empty.
std::optional<Problem> invalid(const std::string& path, std::string_view value, std::string_view message);
// Nothing when there is a value.
std::optional<Problem> required(const std::string& path, std::string_view value);

}  // namespace kube
