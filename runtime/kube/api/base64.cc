#include "runtime/kube/api/base64.h"

#include <cstdint>

namespace kube {
namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string write_base64(std::string_view bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = i; j < i + 3; ++j) group = group << 8 | (j < bytes.size() ? static_cast<uint8_t>(bytes[j]) : 0u);
    for (size_t j = 0; j < 4; ++j) out += i + j > bytes.size() ? '=' : kDigits[group >> (18 - 6 * j) & 63];
  }
  return out;
}

std::string write_base64url(std::string_view bytes) {
  std::string text = write_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::optional<std::string> parse_base64(std::string_view text) {
  std::string out;
  uint32_t group = 0;
  size_t digits = 0, padding = 0;
  for (const char c : text) {
    if (c == '\n' || c == '\r') continue;
    const size_t value = kDigits.find(c);
    const bool is_padding = c == '=';
    padding += is_padding ? 1 : 0;
    if (is_padding ? padding > 2 : value == kDigits.npos || padding > 0) return {};
    group = group << 6 | (is_padding ? 0u : static_cast<uint32_t>(value));
    if (++digits % 4 != 0) continue;
    for (const int shift : {16, 8, 0}) out += static_cast<char>(group >> shift & 255);
    group = 0;
  }
  if (digits % 4 != 0) return {};
  out.resize(out.size() - padding);
  return out;
}

}  // namespace kube
