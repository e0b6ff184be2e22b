// How a protobuf message is described: a plain struct, and one table of its fields that both the decoder and the
// encoder walk. Of the types of protobuf there are those that containerd's messages have: bool, int32_t, int64_t,
// uint32_t, uint64_t, double, enums, std::string, std::optional<Message> (one that may not be there), and
// std::vector<…> of strings and messages, std::map<std::string, std::string>.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace shim::wire {

template <class Message, class Value>
struct Field {
  uint32_t number;
  Value Message::* member;
};

// A std::string that holds any bytes, not text.
template <class Message>
struct Bytes {
  uint32_t number;
  std::string Message::* member;
};

// The fields by their numbers, which must rise. In a struct:
//   static constexpr auto fields() { return table(Field{1, &Mount::type}, Field{2, &Mount::source}); }
template <class... Fields>
constexpr auto table(Fields... fields) {
  return std::tuple<Fields...>(fields...);
}

}  // namespace shim::wire
