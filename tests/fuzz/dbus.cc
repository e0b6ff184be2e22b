// Messages from the bus, which may be those of any program there.
#include "cgroups/dbus_message.h"
#include "tests/fuzz/fuzz.h"

namespace dbus = cgroups::dbus;

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes = fuzz::text_of(data, size);
  const auto told = dbus::message_size(bytes.substr(0, dbus::kFixedHeader));
  const auto decoded = dbus::decode(bytes);
  if (const auto* message = fuzz::value_of(decoded)) {
    fuzz::demand(told.has_value(), "a message has a size");
    for (const auto& text : dbus::strings_of(*message))
      fuzz::demand(text.size() <= message->body.size(), "a string comes from the body");
  }
  // The bytes as parts of a call: what we write is what is read.
  const size_t half = size / 2;
  dbus::Writer body;
  body.string(bytes.substr(half, 1000));
  dbus::Call call{"org.example", "/org/example", "org.example.Thing", std::string(bytes.substr(0, half)),
                  "s",           body.bytes()};
  const auto again = dbus::decode(dbus::encode(call, 7));
  if (call.member.size() < 256 && call.member.find('\0') == std::string::npos) {
    fuzz::demand(again.has_value(), "a message of ours can be read");
    fuzz::demand(again->member == call.member && again->body == call.body, "a message of ours is read as it was");
  }
  return 0;
}
