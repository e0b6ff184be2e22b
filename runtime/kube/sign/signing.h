// What the node's key signs: tokens (RFC 7519), and what others check them with.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/kube/sign/key.h"

namespace kube {

// The token with these claims, which are JSON: header, claims and signature (RFC 7515, 3.1), RS256.
Result<std::string> sign_claims(const SigningKey& key, std::string_view claims);

// The public half as a set of keys (RFC 7517): what /openid/v1/jwks has.
Result<std::string> print_key_set(const SigningKey& key);

}  // namespace kube
