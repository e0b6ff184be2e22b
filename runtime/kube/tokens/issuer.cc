#include "runtime/kube/tokens/issuer.h"

#include <fcntl.h>

#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/tokens/signer.h"

namespace kube {
namespace {

using Texts = std::vector<std::string>;

Node named(const std::string& name, const std::string& uid) {
  return mapping_node({{"name", text_node(name)}, {"uid", text_node(uid)}});
}

Result<> make_key(const std::string& path) {
  TRY(make_directories(path.substr(0, path.rfind('/')), 0700));
  return publish_file(path, TRY(ask_signer(-1, {"new-key"})), 0600);
}

}  // namespace

Result<Issuer> Issuer::open(const Place& place) {
  const std::string path = cat(place.objects, "/issuer/key.pem");
  if (!path_exists(path)) {
    const Fd lock = TRY(lock_objects(place));
    if (!path_exists(path)) TRY(make_key(path));  // somebody else may have been faster
  }
  return Issuer(path);
}

Result<std::string> Issuer::ask(std::vector<std::string> words, std::string_view input) const {
  const Fd key(::open(key_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!key.is_open()) return fail_errno(errno, cat("open ", quoted(key_)));
  return TRY_IN(quoted(key_), ask_signer(key.get(), std::move(words), input));
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
  ObjectMeta unique;
  identify(unique);
  Token token{.issued = at, .expires = {at.seconds + request.life}};
  token.text = TRY(ask({"token"}, token_claims(request, at, unique.uid)));
  return token;
}

std::string lasting_claims(const TokenRequest& account, const std::string& secret) {
  constexpr const char* kAbout = "kubernetes.io/serviceaccount/";
  return emit_go_json(
      mapping_node({{"iss", text_node("kubernetes/serviceaccount")},
                    {cat(kAbout, "namespace"), text_node(account.ns)},
                    {cat(kAbout, "secret.name"), text_node(secret)},
                    {cat(kAbout, "service-account.name"), text_node(account.account)},
                    {cat(kAbout, "service-account.uid"), text_node(account.account_uid)},
                    {"sub", text_node(cat("system:serviceaccount:", account.ns, ":", account.account))}}));
}

Result<std::string> Issuer::issue_lasting(const TokenRequest& account, const std::string& secret) const {
  return ask({"token"}, lasting_claims(account, secret));
}

Result<std::string> Issuer::jwks() const {
  return ask({"key-set"});
}

Result<std::string> Issuer::make_certificate(const std::string& name, Time start, int days) const {
  return ask({"certificate", name, cat(start.seconds), cat(days)});
}

std::string Issuer::discovery() {
  return emit_go_json(mapping_node({{"issuer", text_node(kIssuer)},
                                    {"jwks_uri", text_node(cat(kIssuer, "/openid/v1/jwks"))},
                                    {"response_types_supported", encode(Texts{"id_token"})},
                                    {"subject_types_supported", encode(Texts{"public"})},
                                    {"id_token_signing_alg_values_supported", encode(Texts{"RS256"})}}));
}

}  // namespace kube
