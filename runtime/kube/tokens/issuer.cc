#include "runtime/kube/tokens/issuer.h"

#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/state/objects.h"

namespace kube {
namespace {

// JSON, built from the leaves.
Node token_text(const std::string& text) {
  Node node;
  node.kind = Node::Kind::string;
  node.quoted = true;
  node.text = text;
  return node;
}
Node token_number(int64_t number) {
  Node node;
  node.kind = Node::Kind::integer;
  node.text = cat(number);
  return node;
}
Node token_list(const std::vector<std::string>& texts) {
  Node node;
  node.kind = Node::Kind::sequence;
  for (const std::string& text : texts) node.items.push_back(token_text(text));
  return node;
}
Node token_object(std::vector<std::pair<std::string, Node>> members) {
  Node node;
  node.kind = Node::Kind::mapping;
  for (auto& [key, value] : members) node.entries.push_back({token_text(key), std::move(value)});
  return node;
}

Node named(const std::string& name, const std::string& uid) {
  return token_object({{"name", token_text(name)}, {"uid", token_text(uid)}});
}

Result<SigningKey> make_key(const std::string& path) {
  SigningKey key = TRY(SigningKey::generate());
  TRY(make_directories(path.substr(0, path.rfind('/')), 0700));
  TRY(replace_file(path, TRY(key.print_pem()), 0600));
  return key;
}

}  // namespace

Result<Issuer> Issuer::open(const Place& place) {
  const std::string path = cat(place.objects, "/issuer/key.pem");
  Result<std::string> pem = read_file(path);
  if (!pem && pem.error().err == ENOENT) {
    // Somebody else may be making it.
    const Fd lock = TRY(lock_objects(place));
    pem = read_file(path);
    if (!pem && pem.error().err == ENOENT) return Issuer(TRY(make_key(path)));
  }
  if (!pem) return std::unexpected(std::move(pem).error());
  return Issuer(TRY_IN(quoted(path), SigningKey::parse(*pem)));
}

std::string token_claims(const TokenRequest& request, Time at, const std::string& id) {
  std::vector<std::pair<std::string, Node>> about = {{"namespace", token_text(request.ns)}};
  for (const BoundObject& object : request.bound) about.emplace_back(object.kind, named(object.name, object.uid));
  about.emplace_back("serviceaccount", named(request.account, request.account_uid));
  if (request.warn_after) about.emplace_back("warnafter", token_number(at.seconds + *request.warn_after));
  return emit_go_json(token_object(
      {{"aud", token_list(request.audiences.empty() ? std::vector<std::string>{kIssuer} : request.audiences)},
       {"exp", token_number(at.seconds + request.life)},
       {"iat", token_number(at.seconds)},
       {"iss", token_text(kIssuer)},
       {"jti", token_text(id)},
       {"kubernetes.io", token_object(std::move(about))},
       {"nbf", token_number(at.seconds)},
       {"sub", token_text(cat("system:serviceaccount:", request.ns, ":", request.account))}}));
}

Result<Token> Issuer::issue(const TokenRequest& request, Time at) const {
  const std::string header =
      emit_go_json(token_object({{"alg", token_text("RS256")}, {"kid", token_text(TRY(key_.id()))}}));
  ObjectMeta unique;
  identify(unique);
  const std::string signed_part =
      cat(write_base64url(header), ".", write_base64url(token_claims(request, at, unique.uid)));
  Token token;
  token.text = cat(signed_part, ".", write_base64url(TRY(key_.sign(signed_part))));
  token.issued = at;
  token.expires = {at.seconds + request.life};
  return token;
}

Result<std::string> Issuer::jwks() const {
  const SigningKey::Numbers numbers = TRY(key_.numbers());
  Node keys;
  keys.kind = Node::Kind::sequence;
  keys.items.push_back(token_object({{"use", token_text("sig")},
                                     {"kty", token_text("RSA")},
                                     {"kid", token_text(TRY(key_.id()))},
                                     {"alg", token_text("RS256")},
                                     {"n", token_text(write_base64url(numbers.modulus))},
                                     {"e", token_text(write_base64url(numbers.exponent))}}));
  return emit_go_json(token_object({{"keys", std::move(keys)}}));
}

std::string Issuer::discovery() {
  return emit_go_json(token_object({{"issuer", token_text(kIssuer)},
                                    {"jwks_uri", token_text(cat(kIssuer, "/openid/v1/jwks"))},
                                    {"response_types_supported", token_list({"id_token"})},
                                    {"subject_types_supported", token_list({"public"})},
                                    {"id_token_signing_alg_values_supported", token_list({"RS256"})}}));
}

}  // namespace kube
