#include "runtime/lifecycle/criu_message.h"

#include <optional>

namespace lifecycle::criu {
namespace {

enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void add_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

std::optional<uint64_t> take_varint(std::string_view& rest) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !rest.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value |= uint64_t{byte & 0x7FU} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

std::optional<std::string_view> take_bytes(std::string_view& rest, uint64_t size) {
  if (size > rest.size()) return std::nullopt;
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(size);
  return taken;
}

std::optional<Field> take_field(std::string_view& rest) {
  const auto key = take_varint(rest);
  if (!key || *key >> 3 > UINT32_MAX) return std::nullopt;
  Field field;
  field.number = static_cast<uint32_t>(*key >> 3);
  std::optional<uint64_t> number;
  std::optional<std::string_view> bytes;
  switch (*key & 7) {
    case kVarint:
      number = take_varint(rest);
      if (!number) return std::nullopt;
      field.value = *number;
      return field;
    case kFixed64: bytes = take_bytes(rest, 8); break;
    case kFixed32: bytes = take_bytes(rest, 4); break;
    case kBytes:
      number = take_varint(rest);
      if (number) bytes = take_bytes(rest, *number);
      break;
    default: return std::nullopt;
  }
  if (!bytes) return std::nullopt;
  field.bytes = *bytes;
  return field;
}

}  // namespace

Message& Message::add(uint32_t field, uint64_t number) {
  add_varint(bytes_, uint64_t{field} << 3 | kVarint);
  add_varint(bytes_, number);
  return *this;
}

Message& Message::add(uint32_t field, std::string_view bytes) {
  add_varint(bytes_, uint64_t{field} << 3 | kBytes);
  add_varint(bytes_, bytes.size());
  bytes_ += bytes;
  return *this;
}

Result<std::vector<Field>> read_fields(std::string_view bytes) {
  std::vector<Field> fields;
  while (!bytes.empty()) {
    auto field = take_field(bytes);
    if (!field) return fail("malformed message");
    fields.push_back(*field);
  }
  return fields;
}

}  // namespace lifecycle::criu
