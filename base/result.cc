#include "base/result.h"

#include <cstring>

#include "base/text.h"

namespace {

// Some callers look for the reason in lower case: then the message has it already.
bool says(std::string_view message, std::string_view reason) {
  if (message.size() < reason.size()) return false;
  return strncasecmp(message.data() + message.size() - reason.size(), reason.data(), reason.size()) == 0;
}

}  // namespace

std::string Error::text() const {
  std::string line = message;
  const char* reason = err == 0 ? "" : strerror(err);
  if (!says(line, reason)) line += cat(": ", reason);
  if (!hint.empty()) line += cat(" (hint: ", hint, ")");
  return line;
}

std::unexpected<Error> fail(std::string message, std::string hint) {
  return std::unexpected(Error{0, std::move(message), std::move(hint)});
}

std::unexpected<Error> fail_errno(int err, std::string message, std::string hint) {
  return std::unexpected(Error{err, std::move(message), std::move(hint)});
}

Error within(std::string_view context, Error error) {
  error.message = cat(context, ": ", error.message);
  return error;
}
