#include "runtime/kube/tokens/issuer.h"

#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/state/objects.h"

namespace kube {
namespace {

using Texts = std::vector<std::string>;

Node named(const std::string& name, const std::string& uid) {
  return mapping_node({{"name", text_node(name)}, {"uid", text_node(uid)}});
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
  std::vector<std::pair<std::string, Node>> about = {{"namespace", text_node(request.ns)}};
  for (const BoundObject& object : request.bound) about.emplace_back(object.kind, named(object.name, object.uid));
  about.emplace_back("serviceaccount", named(request.account, request.account_uid));
  if (request.warn_after) about.emplace_back("warnafter", encode(at.seconds + *request.warn_after));
  return emit_go_json(
      mapping_node({{"aud", encode(request.audiences.empty() ? Texts{kIssuer} : request.audiences)},
                    {"exp", encode(at.seconds + request.life)},
                    {"iat", encode(at.seconds)},
                    {"iss", text_node(kIssuer)},
                    {"jti", text_node(id)},
                    {"kubernetes.io", mapping_node(std::move(about))},
                    {"nbf", encode(at.seconds)},
                    {"sub", text_node(cat("system:serviceaccount:", request.ns, ":", request.account))}}));
}

Result<Token> Issuer::issue(const TokenRequest& request, Time at) const {
  const std::string id = TRY(key_.id());
  const std::string header = emit_go_json(mapping_node({{"alg", text_node("RS256")}, {"kid", text_node(id)}}));
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
  const std::string id = TRY(key_.id());
  Node keys{.kind = Node::Kind::sequence};
  keys.items.push_back(mapping_node({{"use", text_node("sig")},
                                     {"kty", text_node("RSA")},
                                     {"kid", text_node(id)},
                                     {"alg", text_node("RS256")},
                                     {"n", text_node(write_base64url(numbers.modulus))},
                                     {"e", text_node(write_base64url(numbers.exponent))}}));
  return emit_go_json(mapping_node({{"keys", std::move(keys)}}));
}

std::string Issuer::discovery() {
  return emit_go_json(mapping_node({{"issuer", text_node(kIssuer)},
                                    {"jwks_uri", text_node(cat(kIssuer, "/openid/v1/jwks"))},
                                    {"response_types_supported", encode(Texts{"id_token"})},
                                    {"subject_types_supported", encode(Texts{"public"})},
                                    {"id_token_signing_alg_values_supported", encode(Texts{"RS256"})}}));
}

}  // namespace kube
