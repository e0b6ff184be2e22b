// Tokens of service accounts, as an API server issues them: JSON Web Tokens (RFC 7519), RS256, with the node's own key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/content.h"
#include "runtime/kube/api/time.h"
#include "runtime/kube/state/place.h"

namespace kube {

constexpr const char* kIssuer = "https://kubernetes.default.svc";

// What a token is valid with: "pod", "node", "secret".
struct BoundObject {
  std::string kind, name, uid;
};

struct TokenRequest {
  std::string ns, account, account_uid;
  std::vector<std::string> audiences;  // none: the issuer
  std::vector<BoundObject> bound;
  int64_t life = kTokenLife;               // seconds
  std::optional<int64_t> warn_after = {};  // seconds, of tokens that live longer than was asked for
};

struct Token {
  std::string text;
  Time issued, expires;
};

class Issuer {
 public:
  // The key is <objects>/issuer/key.pem, for root alone; made on first use. Only nacelle-sign ever reads it.
  static Result<Issuer> open(const Place& place);

  Result<Token> issue(const TokenRequest& request, Time at) const;
  // One that does not expire, for a Secret of this name: it is valid as long as the Secret is there.
  Result<std::string> issue_lasting(const TokenRequest& account, const std::string& secret) const;

  // What a party reads that is to trust the tokens: /openid/v1/jwks.
  Result<std::string> jwks() const;
  // /.well-known/openid-configuration.
  static std::string discovery();

  // A certificate of the key, signed by itself, for ca.crt: PEM. `days` from `start`.
  Result<std::string> make_certificate(const std::string& name, Time start, int days) const;

 private:
  explicit Issuer(std::string key) : key_(std::move(key)) {}
  Result<std::string> ask(std::vector<std::string> words, std::string_view input = {}) const;
  std::string key_;  // the file's path
};

// The claims of a token, as JSON. `id`: jti.
std::string token_claims(const TokenRequest& request, Time at, const std::string& id);
// Those of one that does not expire.
std::string lasting_claims(const TokenRequest& account, const std::string& secret);

}  // namespace kube
