#include "runtime/lifecycle/criu_message.h"

#include <doctest/doctest.h>

using lifecycle::criu::Message;
using lifecycle::criu::read_fields;

// The examples of https://protobuf.dev/programming-guides/encoding.
TEST_CASE("numbers are varints, strings have their length before them") {
  CHECK(Message().add(1, 150).bytes() == "\x08\x96\x01");
  CHECK(Message().add(2, "testing").bytes() == "\x12\x07testing");
  CHECK(Message().add(3, Message().add(1, 150).bytes()).bytes() == "\x1a\x03\x08\x96\x01");
  CHECK(Message().add(63, "x").add(16, 0).bytes() == std::string("\xfa\x03\x01x\x80\x01\x00", 7));
}

TEST_CASE("what was written is read again, in its order") {
  const std::string bytes =
      Message().add(1, 6).add(5, Message().add(1, "setup-namespaces").add(2, 4711).bytes()).bytes();
  const auto fields = read_fields(bytes);
  REQUIRE(fields);
  REQUIRE(fields->size() == 2);
  CHECK((*fields)[0].number == 1);
  CHECK((*fields)[0].value == 6);
  CHECK((*fields)[1].number == 5);
  const auto inner = read_fields((*fields)[1].bytes);
  REQUIRE(inner);
  REQUIRE(inner->size() == 2);
  CHECK((*inner)[0].bytes == "setup-namespaces");
  CHECK((*inner)[1].value == 4711);
}

TEST_CASE("a negative int32 is ten bytes, and comes back") {
  const std::string bytes = Message().add(7, static_cast<uint64_t>(-1)).bytes();
  CHECK(bytes.size() == 11);
  const auto fields = read_fields(bytes);
  REQUIRE(fields);
  CHECK(static_cast<int32_t>(fields->front().value) == -1);
}

TEST_CASE("fields of a fixed size are skipped") {
  const auto fields = read_fields(
      "\x09"
      "12345678\x15"
      "1234\x08\x01");
  REQUIRE(fields);
  REQUIRE(fields->size() == 3);
  CHECK((*fields)[2].value == 1);
}

TEST_CASE("what ends too early, or is no field, is refused") {
  for (const std::string_view bytes : {"\x08", "\x08\x96", "\x12\x07test", "\x12",
                                       "\x09"
                                       "1234",
                                       "\x0b", "\x0f\x01", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"}) {
    CHECK_FALSE(read_fields(bytes).has_value());
  }
  CHECK(read_fields("")->empty());
}
