#include "base/text.h"

namespace {

// Control bytes and those of `others` as \xNN.
std::string escaped(std::string_view text, std::string_view others) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || others.find(c) != std::string_view::npos) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string quoted(std::string_view name) {
  return cat('\'', escaped(name, "'\\"), '\'');
}

std::string visible(std::string_view words) {
  return escaped(words, {});
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    if (&part != &parts.front()) out += separator;
    out += part;
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::string octal(uint32_t mode) {
  char digits[16];
  auto end = std::to_chars(digits, digits + sizeof digits, mode, 8).ptr;
  return cat('0', std::string_view(digits, end));
}

namespace {

// Length of the sequence that starts with this byte, 0 when no sequence does.
size_t sequence_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead < 0xe0) return 2;
  if (lead >= 0xe0 && lead < 0xf0) return 3;
  if (lead >= 0xf0 && lead < 0xf5) return 4;
  return 0;
}

// The second byte's range is narrower after some first bytes: that is where overlong forms and surrogates hide.
bool second_byte_fits(unsigned char lead, unsigned char second) {
  unsigned char low = 0x80, high = 0xbf;
  if (lead == 0xe0) low = 0xa0;
  if (lead == 0xed) high = 0x9f;
  if (lead == 0xf0) low = 0x90;
  if (lead == 0xf4) high = 0x8f;
  return second >= low && second <= high;
}

}  // namespace

bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    auto lead = static_cast<unsigned char>(text[i]);
    size_t length = sequence_length(lead);
    if (length == 0 || i + length > text.size()) return false;
    for (size_t k = 1; k < length; k++) {
      auto byte = static_cast<unsigned char>(text[i + k]);
      bool fits = k == 1 ? second_byte_fits(lead, byte) : (byte & 0xc0) == 0x80;
      if (!fits) return false;
    }
    i += length;
  }
  return true;
}
