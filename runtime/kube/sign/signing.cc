#include "runtime/kube/sign/signing.h"

#include "base/text.h"
#include "runtime/kube/api/base64.h"
#include "runtime/kube/api/emit.h"

namespace kube {

Result<std::string> sign_claims(const SigningKey& key, std::string_view claims) {
  const std::string id = TRY(key.id());
  const std::string header = emit_go_json(mapping_node({{"alg", text_node("RS256")}, {"kid", text_node(id)}}));
  const std::string signed_part = cat(write_base64url(header), ".", write_base64url(claims));
  return cat(signed_part, ".", write_base64url(TRY(key.sign(signed_part))));
}

Result<std::string> print_key_set(const SigningKey& key) {
  const SigningKey::Numbers numbers = TRY(key.numbers());
  const std::string id = TRY(key.id());
  Node keys{.kind = Node::Kind::sequence};
  keys.items.push_back(mapping_node({{"use", text_node("sig")},
                                     {"kty", text_node("RSA")},
                                     {"kid", text_node(id)},
                                     {"alg", text_node("RS256")},
                                     {"n", text_node(write_base64url(numbers.modulus))},
                                     {"e", text_node(write_base64url(numbers.exponent))}}));
  return emit_go_json(mapping_node({{"keys", std::move(keys)}}));
}

}  // namespace kube
