// Errors as values. A failure is one line: outermost context first, then the reason, then a hint where one is known.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

struct Error {
  int err = 0;          // errno of the failing call, 0 when no call failed
  std::string message;  // lower case, outermost context first, no strerror, no newline
  std::string hint;     // how to mend it, or empty

  // "message: strerror (hint: …)", the one line a user sees. A message that ends in the reason does not get it twice.
  std::string text() const;
};

template <class T = void>
using Result = std::expected<T, Error>;

// A failure that no system call caused: bad input, a rule broken.
[[nodiscard]] std::unexpected<Error> fail(std::string message, std::string hint = {});

// A failure of a system call; `err` is its errno.
[[nodiscard]] std::unexpected<Error> fail_errno(int err, std::string message, std::string hint = {});

// The same failure seen from one level further out: "context: message".
[[nodiscard]] Error within(std::string_view context, Error error);

// Value of a Result, or return its error to the caller (a GNU statement expression; nests).
// Not inside a braced initializer: on the way out g++ 12 does not destroy the members made before it.
#define TRY(expression) TRY_NAMED_(TRY_JOIN_(result_, __COUNTER__), expression)

// As TRY, and a failure is given a context, which is worked out only then.
#define TRY_IN(context, expression) TRY_IN_NAMED_(TRY_JOIN_(result_, __COUNTER__), context, expression)

// The macro arguments below are names to declare: they cannot stand in parentheses.
// NOLINTBEGIN(bugprone-macro-parentheses)
#define TRY_JOIN_(left, right) TRY_JOIN_NOW_(left, right)
#define TRY_JOIN_NOW_(left, right) left##right
#define TRY_NAMED_(name, expression)                                   \
  ({                                                                   \
    auto name = (expression);                                          \
    if (!name) return std::unexpected<Error>(std::move(name).error()); \
    *std::move(name);                                                  \
  })
#define TRY_IN_NAMED_(name, context, expression)                                          \
  ({                                                                                      \
    auto name = (expression);                                                             \
    if (!name) return std::unexpected<Error>(within((context), std::move(name).error())); \
    *std::move(name);                                                                     \
  })
// NOLINTEND(bugprone-macro-parentheses)
