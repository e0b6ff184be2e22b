#include "runtime/kube/api/object_hash.h"

#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/schema.h"
#include "sandbox/images/digest.h"

namespace kube {
namespace {

// The fields that count, in alphabetical order. What is missing counts as an empty text.
std::string hash_fields(const Node& object, std::initializer_list<const char*> fields) {
  Node hashed{.kind = Node::Kind::mapping};
  for (const std::string field : fields) {
    const Node* value = field == "name" ? object.find("metadata")->find(field) : object.find(field);
    hashed.entries.push_back({encode(field), value ? *value : encode(std::string())});
  }
  // No vowels and look-alikes, so that no word comes out.
  constexpr std::string_view kDigits = "013ae", kLetters = "ghkmt";
  std::string hash = images::hex_of(images::digest_of(emit_go_json(hashed))).substr(0, 10);
  for (char& c : hash)
    if (const size_t which = kDigits.find(c); which != kDigits.npos) c = kLetters[which];
  return hash;
}

}  // namespace

std::string hash_object(const ConfigMap& map) {
  if (map.binary_data.empty()) return hash_fields(encode(map), {"data", "kind", "name"});
  return hash_fields(encode(map), {"binaryData", "data", "kind", "name"});
}

std::string hash_object(const Secret& secret) {
  return hash_fields(encode(secret), {"data", "kind", "name", "type"});
}

}  // namespace kube
