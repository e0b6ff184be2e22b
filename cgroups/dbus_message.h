// D-Bus messages as bytes: as much of the wire format as talking to systemd needs (D-Bus specification, "Message
// Protocol"). Little-endian only, which every machine that we build for is.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace cgroups::dbus {

// Writes the values of a body one after the other, each aligned as its type asks.
class Writer {
 public:
  void byte(uint8_t value) { bytes_ += static_cast<char>(value); }
  void boolean(bool value) { number32(value); }
  void number32(uint32_t value) { number(value, 4); }
  void number64(uint64_t value) { number(value, 8); }
  void string(std::string_view value);     // also object paths
  void signature(std::string_view value);  // at most 255 bytes
  void align(size_t to) { bytes_.resize((bytes_.size() + to - 1) / to * to); }
  // An array; `alignment` is that of its elements, which `fill` writes.
  void array(size_t alignment, const std::function<void()>& fill);

  const std::string& bytes() const { return bytes_; }

 private:
  void number(uint64_t value, size_t size);
  std::string bytes_;
};

struct Call {
  std::string destination, path, interface, member;
  std::string signature;  // of the body: "" or "ss"
  std::string body;
};

// The whole message of a method call. `serial` is not 0 and names it in the answer.
std::string encode(const Call& call, uint32_t serial);

struct Message {
  enum class Type : uint8_t { call = 1, answer = 2, error = 3, signal = 4 };
  Type type = Type::signal;
  uint32_t reply_serial = 0;
  std::string path, interface, member, error_name, signature, body;
};

constexpr size_t kFixedHeader = 16;

// The size of the whole message, told from its first 16 bytes. EBADMSG when they are no message of the protocol.
Result<size_t> message_size(std::string_view start);

// Reads a whole message; never beyond its end, whatever it says. EBADMSG when it is malformed.
Result<Message> decode(std::string_view bytes);

// The strings and object paths at the start of a body; numbers of 32 bits between them are passed over, as the
// signature says. Stops at anything else.
std::vector<std::string> strings_of(const Message& message);

}  // namespace cgroups::dbus
