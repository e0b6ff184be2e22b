#include "runtime/shim/ttrpc/frame.h"

#include <endian.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace shim::ttrpc {

FrameHeader parse_header(const std::array<char, kHeaderSize>& bytes) {
  FrameHeader header;
  memcpy(&header.length, &bytes[0], 4);
  memcpy(&header.stream, &bytes[4], 4);
  header.length = be32toh(header.length);
  header.stream = be32toh(header.stream);
  header.type = static_cast<FrameType>(bytes[8]);
  header.flags = static_cast<uint8_t>(bytes[9]);
  return header;
}

std::string print_header(const FrameHeader& header) {
  const uint32_t numbers[] = {htobe32(header.length), htobe32(header.stream)};
  std::string bytes(reinterpret_cast<const char*>(numbers), sizeof numbers);
  bytes += static_cast<char>(header.type);
  bytes += static_cast<char>(header.flags);
  return bytes;
}

std::string print_frame(FrameType type, uint32_t stream, std::string_view payload) {
  std::string frame = print_header({.length = static_cast<uint32_t>(payload.size()), .stream = stream, .type = type});
  return frame.append(payload);
}

Result<> FrameReader::take_header(std::string_view& bytes) {
  const size_t count = std::min(bytes.size(), kHeaderSize - header_size_);
  memcpy(header_.data() + header_size_, bytes.data(), count);
  header_size_ += count;
  bytes.remove_prefix(count);
  if (header_size_ < kHeaderSize) return {};
  frame_.header = parse_header(header_);
  left_ = frame_.header.length;
  const bool is_known = frame_.header.type >= FrameType::request && frame_.header.type <= FrameType::data;
  if (frame_.is_too_large() && !is_known) {
    return fail(cat("not ttrpc: a frame of type ", static_cast<int>(frame_.header.type), " and ", left_, " bytes"));
  }
  return {};
}

Result<std::optional<Frame>> FrameReader::take(std::string_view& bytes) {
  if (header_size_ < kHeaderSize) TRY(take_header(bytes));
  if (header_size_ < kHeaderSize) return std::nullopt;
  const size_t count = std::min<size_t>(bytes.size(), left_);
  // Grows with what has come, whatever the header promises.
  if (!frame_.is_too_large()) frame_.payload.append(bytes.substr(0, count));
  bytes.remove_prefix(count);
  left_ -= count;
  if (left_ > 0) return std::nullopt;
  header_size_ = 0;
  return std::exchange(frame_, {});
}

}  // namespace shim::ttrpc
