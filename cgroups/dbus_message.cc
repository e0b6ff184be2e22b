#include "cgroups/dbus_message.h"

#include <cerrno>
#include <cstring>
#include <optional>

namespace cgroups::dbus {
namespace {

// Header fields, in the order of the specification's numbers.
enum Field : uint8_t {
  kPath = 1,
  kInterface = 2,
  kMember = 3,
  kErrorName = 4,
  kReplySerial = 5,
  kDestination = 6,
  kSignature = 8,
};

constexpr size_t kMessageMax = 1 << 24;  // the protocol allows 128 MiB; no answer that we ask for comes near this

std::unexpected<Error> malformed() {
  return fail_errno(EBADMSG, "malformed D-Bus message");
}

// Reads values in order. After a value that is not there it gives nothing any more.
struct Reader {
  std::string_view bytes;
  size_t at = 0;

  bool align(size_t to) {
    at = (at + to - 1) / to * to;
    return at <= bytes.size();
  }
  std::optional<uint8_t> byte() {
    if (at >= bytes.size()) return std::nullopt;
    return static_cast<uint8_t>(bytes[at++]);
  }
  std::optional<uint32_t> number32() {
    if (!align(4) || bytes.size() - at < 4) return std::nullopt;
    uint32_t value;
    memcpy(&value, bytes.data() + at, 4);
    at += 4;
    return value;
  }
  std::optional<std::string> text(size_t length) {
    if (bytes.size() - at < length + 1) return std::nullopt;
    std::string value(bytes.substr(at, length));
    at += length + 1;  // and its zero byte
    return value;
  }
  std::optional<std::string> string() {
    auto length = number32();
    return length ? text(*length) : std::nullopt;
  }
  std::optional<std::string> signature() {
    auto length = byte();
    return length ? text(*length) : std::nullopt;
  }
};

void write_field(Writer& out, Field field, std::string_view type, std::string_view value) {
  if (value.empty()) return;
  out.align(8);
  out.byte(field);
  out.signature(type);
  if (type == "g")
    out.signature(value);
  else
    out.string(value);
}

// One header field: a byte and a variant. False when it is malformed or of a type that no header field has.
bool read_field(Reader& in, Message& out) {
  if (!in.align(8)) return false;
  auto field = in.byte();
  auto type = in.signature();
  if (!field || !type) return false;
  if (*type == "u") {
    auto value = in.number32();
    if (value && *field == kReplySerial) out.reply_serial = *value;
    return value.has_value();
  }
  if (*type != "s" && *type != "o" && *type != "g") return false;
  auto value = *type == "g" ? in.signature() : in.string();
  if (!value) return false;
  switch (*field) {
    case kPath: out.path = *value; break;
    case kInterface: out.interface = *value; break;
    case kMember: out.member = *value; break;
    case kErrorName: out.error_name = *value; break;
    case kSignature: out.signature = *value; break;
    default: break;  // unknown fields are to be ignored
  }
  return true;
}

}  // namespace

void Writer::number(uint64_t value, size_t size) {
  align(size);
  bytes_.append(reinterpret_cast<const char*>(&value), size);
}

void Writer::string(std::string_view value) {
  number32(static_cast<uint32_t>(value.size()));
  bytes_ += value;
  bytes_ += '\0';
}

void Writer::signature(std::string_view value) {
  byte(static_cast<uint8_t>(value.size()));
  bytes_ += value;
  bytes_ += '\0';
}

void Writer::array(size_t alignment, const std::function<void()>& fill) {
  number32(0);
  size_t length_at = bytes_.size() - 4;
  align(alignment);  // this padding does not count as the array's length
  size_t start = bytes_.size();
  fill();
  auto length = static_cast<uint32_t>(bytes_.size() - start);
  memcpy(bytes_.data() + length_at, &length, 4);
}

std::string encode(const Call& call, uint32_t serial) {
  Writer out;
  out.byte('l');  // little-endian
  out.byte(static_cast<uint8_t>(Message::Type::call));
  out.byte(0);  // no flags: an answer is wanted
  out.byte(1);  // protocol version
  out.number32(static_cast<uint32_t>(call.body.size()));
  out.number32(serial);
  out.array(8, [&] {
    write_field(out, kPath, "o", call.path);
    write_field(out, kInterface, "s", call.interface);
    write_field(out, kMember, "s", call.member);
    write_field(out, kDestination, "s", call.destination);
    write_field(out, kSignature, "g", call.signature);
  });
  out.align(8);
  return out.bytes() + call.body;
}

Result<size_t> message_size(std::string_view start) {
  if (start.size() < kFixedHeader || start[0] != 'l' || start[3] != 1) return malformed();
  uint32_t body, fields;
  memcpy(&body, start.data() + 4, 4);
  memcpy(&fields, start.data() + 12, 4);
  size_t size = (kFixedHeader + size_t{fields} + 7) / 8 * 8 + body;
  if (size > kMessageMax) return malformed();
  return size;
}

Result<Message> decode(std::string_view bytes) {
  if (TRY(message_size(bytes)) != bytes.size()) return malformed();
  Message message;
  auto type = static_cast<uint8_t>(bytes[1]);
  if (type < 1 || type > 4) return malformed();
  message.type = static_cast<Message::Type>(type);
  uint32_t body, fields;
  memcpy(&body, bytes.data() + 4, 4);
  memcpy(&fields, bytes.data() + 12, 4);
  Reader in{bytes.substr(0, kFixedHeader + fields), kFixedHeader};
  while (in.at < in.bytes.size()) {
    if (!read_field(in, message)) return malformed();
  }
  message.body = bytes.substr(bytes.size() - body);
  return message;
}

std::vector<std::string> strings_of(const Message& message) {
  std::vector<std::string> out;
  Reader in{message.body};
  for (char type : message.signature) {
    if (type == 'u' || type == 'i' || type == 'b') {
      if (!in.number32()) break;
    } else if (type == 's' || type == 'o') {
      auto value = in.string();
      if (!value) break;
      out.push_back(*std::move(value));
    } else {
      break;
    }
  }
  return out;
}

}  // namespace cgroups::dbus
