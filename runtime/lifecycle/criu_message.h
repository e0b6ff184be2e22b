// Protocol buffers as criu's RPC speaks them (https://protobuf.dev/programming-guides/encoding): numbers as varints,
// strings and messages within as bytes with their length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace lifecycle::criu {

// A message that is being written, field by field.
class Message {
 public:
  // Booleans and enumerations are numbers, too.
  Message& add(uint32_t field, uint64_t number);
  // A string, or the bytes of a message within.
  Message& add(uint32_t field, std::string_view bytes);
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// A field of a message that was received. A string points into the bytes that were read.
struct Field {
  uint32_t number = 0;
  uint64_t value = 0;
  std::string_view bytes;
};
// All fields, in their order. "malformed message" when the bytes end too early or hold what this format has not.
Result<std::vector<Field>> read_fields(std::string_view bytes);

}  // namespace lifecycle::criu
