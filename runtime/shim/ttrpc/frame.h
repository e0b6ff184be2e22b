// ttrpc frames: a header of ten bytes, then the payload. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace shim::ttrpc {

constexpr size_t kHeaderSize = 10;
constexpr size_t kMaxPayload = 4 << 20;

// Other types may come one day: they are to be passed over.
enum class FrameType : uint8_t { request = 1, response = 2, data = 3 };

// Flags of streams, which we have none of.
constexpr uint8_t kRemoteClosed = 1, kRemoteOpen = 2;

// As on the wire, where the numbers are big-endian.
struct FrameHeader {
  uint32_t length = 0;  // of the payload
  uint32_t stream = 0;  // odd: begun by the client
  FrameType type{};
  uint8_t flags = 0;
};

FrameHeader parse_header(const std::array<char, kHeaderSize>& bytes);
std::string print_header(const FrameHeader& header);

// The whole frame. The payload is at most kMaxPayload long.
std::string print_frame(FrameType type, uint32_t stream, std::string_view payload);

struct Frame {
  FrameHeader header;
  std::string payload;  // empty when the header says more than kMaxPayload: it was passed over

  bool is_too_large() const { return header.length > kMaxPayload; }
};

// Puts frames together from bytes that come in pieces. Between two frames it has no memory of its own.
class FrameReader {
 public:
  // Takes bytes off the front, up to the end of one frame: that frame, or nothing when all were taken and it goes on.
  // An error when this is no ttrpc: a type that nobody knows, and longer than any message.
  Result<std::optional<Frame>> take(std::string_view& bytes);

 private:
  Result<> take_header(std::string_view& bytes);

  std::array<char, kHeaderSize> header_{};
  uint32_t header_size_ = 0;
  uint32_t left_ = 0;  // of the payload
  Frame frame_;
};

}  // namespace shim::ttrpc
