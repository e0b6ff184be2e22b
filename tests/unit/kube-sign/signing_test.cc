#include "runtime/kube/sign/signing.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "runtime/kube/api/base64.h"

TEST_CASE("tokens: a key that is read back is the same key; what is no RSA key is an error") {
  const auto key = kube::SigningKey::generate();
  REQUIRE(key);
  const auto again = kube::SigningKey::parse(*key->print_pem());
  REQUIRE(again);
  CHECK(*key->id() == *again->id());
  CHECK(*key->sign("text") == *again->sign("text"));
  CHECK(key->sign("text")->size() == 256);
  CHECK(key->numbers()->modulus.size() == 256);
  CHECK(kube::SigningKey::parse("nothing").error().message == "not a private key in PEM form");
}

TEST_CASE("tokens: header, claims and signature, each in base64 for URLs; the set of keys has the header's key") {
  const auto key = kube::SigningKey::generate();
  REQUIRE(key);
  const std::vector<std::string> parts = split(*kube::sign_claims(*key, R"({"sub":"a"})"), '.');
  REQUIRE(parts.size() == 3);
  CHECK(parts[0] == kube::write_base64url(cat(R"({"alg":"RS256","kid":")", *key->id(), "\"}")));
  CHECK(parts[1] == kube::write_base64url(R"({"sub":"a"})"));
  CHECK(parts[2] == kube::write_base64url(*key->sign(cat(parts[0], ".", parts[1]))));
  CHECK(kube::print_key_set(*key)->starts_with(
      cat(R"({"keys":[{"use":"sig","kty":"RSA","kid":")", *key->id(), R"(","alg":"RS256","n":")")));
  CHECK(kube::write_base64url("\xfb\xff\xfe") == "-__-");
}
