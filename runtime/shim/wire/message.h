// From bytes to messages and back (protobuf, "Encoding"). The messages are in common.h, task.h, events.h, options.h,
// bootstrap.h, sandbox.h, pod.h and ttrpc.h.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/shim/wire/common.h"

namespace shim::wire {

// Reads a message. Unknown fields are passed over, a later value of a field takes the place of an earlier one. Errors:
// "malformed message: field 3 is not UTF-8"; so are bytes that end too early, a field of another type than ours, and
// one with more elements than any of containerd's.
template <class Message>
Result<Message> decode(std::string_view bytes);

// Writes a message: fields in the order of their numbers, those that have their default value left out.
template <class Message>
std::string encode(const Message& message);

// The message in an Any, under the name of its type.
template <class Message>
Any any_of(const Message& message) {
  return {std::string(Message::kType), encode(message)};
}

// The words for it when something else was to come.
Error wrong_type(std::string_view is, std::string_view wanted);

// The message in an Any; an error when it is not of that type: "a value of type 'x' instead of 'y'".
template <class Message>
Result<Message> from_any(const Any& any) {
  if (any.type_url != Message::kType) return std::unexpected(wrong_type(any.type_url, Message::kType));
  return decode<Message>(any.value);
}

}  // namespace shim::wire
