#include "runtime/kube/api/problem.h"

#include "base/text.h"

namespace kube {

std::optional<Problem> invalid(const std::string& path, std::string_view value, std::string_view message) {
  if (message.empty()) return {};
  return Problem{path, cat("Invalid value: \"", value, "\": ", message)};
}

std::optional<Problem> required(const std::string& path, std::string_view value) {
  if (!value.empty()) return {};
  return Problem{path, "Required value"};
}

Result<> refuse_invalid(std::string_view kind, std::string_view name, const std::optional<Problem>& problem) {
  if (!problem) return {};
  return fail(
      cat("The ", kind, " \"", name, "\" is invalid: ", visible(problem->path), ": ", visible(problem->message)));
}

}  // namespace kube
