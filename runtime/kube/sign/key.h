// The key that tokens are signed with: RSA 2048, by libcrypto.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct evp_pkey_st;  // EVP_PKEY

namespace kube {

class SigningKey {
 public:
  static Result<SigningKey> generate();
  static Result<SigningKey> parse(const std::string& pem);

  Result<std::string> print_pem() const;

  // RS256 (RFC 7518, 3.3): the signature's bytes.
  Result<std::string> sign(std::string_view bytes) const;

  // Names the key: the SHA-256 of its public half, as API servers have it.
  Result<std::string> id() const;

  // Modulus and exponent as big-endian bytes.
  struct Numbers {
    std::string modulus, exponent;
  };
  Result<Numbers> numbers() const;

  // A certificate of the key, signed by itself, for ca.crt: PEM. `days` from `start`, seconds since 1970.
  Result<std::string> make_certificate(const std::string& name, int64_t start, int days) const;

 private:
  struct Free {
    void operator()(evp_pkey_st* key) const;
  };
  explicit SigningKey(evp_pkey_st* key) : key_(key) {}
  std::unique_ptr<evp_pkey_st, Free> key_;
};

}  // namespace kube
