#include "base/result.h"

#include <cstring>

#include "base/text.h"

std::string Error::text() const {
  std::string line = message;
  if (err != 0) line += cat(": ", strerror(err));
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
