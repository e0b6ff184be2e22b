#include "sandbox/images/digest.h"

#include <algorithm>

#include "base/text.h"

namespace images {

namespace {

constexpr std::string_view kPrefix = "sha256:";

bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

}  // namespace

void Sha256::add(const void* bytes, size_t size) {
  SHA256Update(&state_, static_cast<const uint8_t*>(bytes), size);
}

std::string Sha256::digest() {
  uint8_t raw[SHA256_DIGEST_LENGTH];
  SHA256Final(raw, &state_);
  std::string out(kPrefix);
  for (uint8_t byte : raw) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  return out;
}

std::string digest_of(std::string_view bytes) {
  Sha256 sum;
  sum.add(bytes.data(), bytes.size());
  return sum.digest();
}

bool is_digest(std::string_view text) {
  return text.starts_with(kPrefix) && text.size() == kPrefix.size() + 64 &&
         std::all_of(text.begin() + kPrefix.size(), text.end(), is_hex);
}

std::string hex_of(std::string_view digest) {
  return std::string(digest.substr(kPrefix.size()));
}

Result<> check_digest(std::string_view what, std::string_view text) {
  if (is_digest(text)) return {};
  return fail(cat(what, ": ", quoted(text), " is not a digest (sha256: and 64 hexadecimal digits)"));
}

}  // namespace images
