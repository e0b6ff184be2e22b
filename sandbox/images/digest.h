// SHA-256 digests, in the form that images write them: "sha256:" and 64 hexadecimal digits in lower case.
#pragma once

#include <sha2.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace images {

// Takes bytes piece by piece.
class Sha256 {
 public:
  Sha256() { SHA256Init(&state_); }
  void add(const void* bytes, size_t size);
  // The digest of all bytes so far; nothing may be added afterwards.
  std::string digest();

 private:
  SHA2_CTX state_;
};

std::string digest_of(std::string_view bytes);

// True for a digest as above. Other algorithms (the spec knows sha512) are not supported.
bool is_digest(std::string_view text);

// The digits of a digest: a safe file name. The argument must be a digest.
std::string hex_of(std::string_view digest);

// An error unless `text` is a digest; `what` says whose it is: "layer", "manifest".
Result<> check_digest(std::string_view what, std::string_view text);

}  // namespace images
