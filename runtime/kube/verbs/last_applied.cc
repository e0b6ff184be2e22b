#include "runtime/kube/verbs/last_applied.h"

#include "runtime/kube/api/emit.h"

namespace kube {
namespace {

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr size_t kLastAppliedLimit = 200 << 10;  // the API has 256 KiB for all annotations together

}  // namespace

Node encode_wanted(const Object& object) {
  Node node = encode_object(object);
  if (!std::holds_alternative<NodeObject>(object))
    std::erase_if(node.entries, [](const Entry& entry) { return entry.key.text == "status"; });
  return node;
}

Object with_last_applied(Object object) {
  StringMap& annotations = metadata_of(object).annotations;
  annotations.erase(kLastApplied);
  const std::string text = emit_go_json(encode_wanted(object)) + "\n";
  if (text.size() <= kLastAppliedLimit) annotations[kLastApplied] = text;
  return object;
}

Node last_applied(const ObjectMeta& metadata) {
  const auto found = metadata.annotations.find(kLastApplied);
  if (found == metadata.annotations.end()) return {};
  auto node = parse_json(found->second);
  return node ? *std::move(node) : Node();
}

}  // namespace kube
