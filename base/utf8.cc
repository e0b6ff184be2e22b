#include "base/utf8.h"

#include <algorithm>

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

size_t utf8_sequence(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const size_t length = sequence_length(lead);
  if (length == 0 || length > text.size()) return 0;
  for (size_t k = 1; k < length; k++) {
    const auto byte = static_cast<unsigned char>(text[k]);
    const bool fits = k == 1 ? second_byte_fits(lead, byte) : (byte & 0xc0) == 0x80;
    if (!fits) return 0;
  }
  return length;
}

std::string utf8_of(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const size_t length = bytes[0] == '\0' ? 0 : utf8_sequence(bytes);
    text += length == 0 ? "\uFFFD" : bytes.substr(0, length);
    bytes.remove_prefix(std::max<size_t>(length, 1));
  }
  return text;
}
