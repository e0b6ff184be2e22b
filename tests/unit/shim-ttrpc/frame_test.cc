#include "runtime/shim/ttrpc/frame.h"

#include <doctest/doctest.h>

#include <vector>

using namespace shim::ttrpc;

TEST_CASE("ttrpc: a frame's header is ten bytes, the numbers big-endian") {
  const std::string bytes = print_header({.length = 5, .stream = 0x01020304, .type = FrameType::data, .flags = 4});
  CHECK(bytes == std::string("\0\0\0\5\1\2\3\4\3\4", 10));
  CHECK(print_frame(FrameType::response, 7, "abc") == std::string("\0\0\0\3\0\0\0\7\2\0abc", 13));
}

TEST_CASE("ttrpc: frames are put together from pieces of any size") {
  const std::string bytes = print_frame(FrameType::request, 1, "first") + print_frame(FrameType::request, 3, "") +
                            print_frame(FrameType::data, 5, std::string(3000, 'x'));
  for (size_t piece = 1; piece <= bytes.size(); piece++) {
    FrameReader reader;
    std::vector<Frame> frames;
    for (size_t at = 0; at < bytes.size(); at += piece) {
      std::string_view part = std::string_view(bytes).substr(at, piece);
      while (!part.empty()) {
        auto frame = reader.take(part);
        REQUIRE(frame);
        if (*frame) frames.push_back(std::move(**frame));
      }
    }
    REQUIRE(frames.size() == 3);
    CHECK(frames[0].payload == "first");
    CHECK(frames[1].header.stream == 3);
    CHECK(frames[1].payload.empty());
    CHECK(frames[2].header.type == FrameType::data);
    CHECK(frames[2].payload.size() == 3000);
  }
}

TEST_CASE("ttrpc: a payload of 4 MiB is kept, one byte more is passed over and reported") {
  FrameReader reader;
  const std::string payload(kMaxPayload, 'x');
  std::string frame = print_frame(FrameType::request, 1, payload);
  std::string_view bytes = frame;
  CHECK((*reader.take(bytes))->payload == payload);
  frame = print_frame(FrameType::request, 1, payload + "x") + print_frame(FrameType::request, 3, "next");
  bytes = frame;
  const auto large = reader.take(bytes);
  CHECK((*large)->is_too_large());
  CHECK((*large)->payload.empty());
  CHECK((*reader.take(bytes))->payload == "next");
}

TEST_CASE("ttrpc: what a web browser sends is refused at its tenth byte") {
  FrameReader reader;
  std::string_view bytes = "GET / HTT";
  CHECK(reader.take(bytes));
  bytes = "P/1.1";
  auto refused = reader.take(bytes);
  REQUIRE(!refused);
  CHECK(refused.error().text() == "not ttrpc: a frame of type 84 and 1195725856 bytes");
}

TEST_CASE("ttrpc: types that nobody knows yet are frames, too") {
  FrameReader reader;
  const std::string frame = print_frame(FrameType{9}, 1, "later");
  std::string_view bytes = frame;
  CHECK((*reader.take(bytes))->payload == "later");
}
