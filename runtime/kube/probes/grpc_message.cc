#include "runtime/kube/probes/grpc_message.h"

#include <array>

#include "base/text.h"

namespace kube {
namespace {

constexpr size_t kFrameHead = 5;
// Wire types of protobuf.
constexpr uint64_t kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5;

void add_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

std::optional<uint64_t> take_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return {};
}

// Passes over a field's value. False: it is cut off, or of no known type.
bool skip_value(std::string_view& bytes, uint64_t type) {
  uint64_t size = type == kFixed64 ? 8 : 4;
  if (type == kVarint) return take_varint(bytes).has_value();
  if (type == kBytes) {
    const auto length = take_varint(bytes);
    if (!length) return false;
    size = *length;
  } else if (type != kFixed64 && type != kFixed32) {
    return false;
  }
  if (bytes.size() < size) return false;
  bytes.remove_prefix(size);
  return true;
}

}  // namespace

std::string print_health_request(std::string_view service) {
  std::string message;
  if (!service.empty()) {
    add_varint(message, 1 << 3 | kBytes);
    add_varint(message, service.size());
    message += service;
  }
  std::string frame(1, '\0');
  for (const int shift : {24, 16, 8, 0}) frame += static_cast<char>(message.size() >> shift);
  return frame + message;
}

std::optional<uint64_t> parse_health_answer(std::string_view bytes) {
  if (bytes.size() < kFrameHead || bytes[0] != 0) return {};
  uint64_t length = 0;
  for (size_t i = 1; i < kFrameHead; i++) length = length << 8 | static_cast<unsigned char>(bytes[i]);
  bytes.remove_prefix(kFrameHead);
  if (bytes.size() != length) return {};
  uint64_t status = 0;
  while (!bytes.empty()) {
    const auto key = take_varint(bytes);
    if (!key) return {};
    if (*key != (1 << 3 | kVarint)) {
      if (!skip_value(bytes, *key & 7)) return {};
      continue;
    }
    const auto value = take_varint(bytes);
    if (!value) return {};
    status = *value;
  }
  return status;
}

std::string serving_status_name(uint64_t status) {
  constexpr std::array<std::string_view, 4> kNames = {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"};
  return status < kNames.size() ? std::string(kNames[status]) : cat(status);
}

std::string_view grpc_code_name(std::string_view status) {
  constexpr std::array<std::string_view, 17> kNames = {
      "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
      "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
      "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
      "DataLoss", "Unauthenticated"};
  const auto code = parse_number<size_t>(status);
  return code && *code < kNames.size() ? kNames[*code] : kNames[2];
}

std::string unescape_grpc_message(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    std::optional<uint8_t> byte;
    if (text[i] == '%' && text.size() - i > 2) byte = parse_number<uint8_t>(text.substr(i + 1, 2), 16);
    out += byte ? static_cast<char>(*byte) : text[i];
    if (byte) i += 2;
  }
  return out;
}

}  // namespace kube
