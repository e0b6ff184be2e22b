#include "runtime/kube/api/patch.h"

#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/json_patch.h"
#include "runtime/kube/api/strategic.h"

namespace kube {
namespace {

using Kind = Node::Kind;

constexpr std::pair<std::string_view, PatchType> kTypes[] = {
    {"strategic", PatchType::strategic}, {"merge", PatchType::merge}, {"json", PatchType::json}};

Node merge(const Node& present, const Node& change) {
  if (change.kind != Kind::mapping) return change;
  Node merged{.kind = Kind::mapping};
  if (present.kind == Kind::mapping) {
    for (const Entry& entry : present.entries) {
      const Node* value = change.find(entry.key.text);
      if (!value)
        merged.entries.push_back(entry);
      else if (value->kind != Kind::null)
        merged.entries.push_back({entry.key, merge(entry.value, *value)});
    }
  }
  for (const Entry& entry : change.entries)
    if (!merged.find(entry.key.text) && entry.value.kind != Kind::null)
      merged.entries.push_back({entry.key, merge({}, entry.value)});
  return merged;
}

}  // namespace

std::optional<PatchType> patch_type_named(std::string_view name) {
  for (const auto& [known, type] : kTypes)
    if (known == name) return type;
  return {};
}

std::string_view name_of(PatchType type) {
  for (const auto& [name, known] : kTypes)
    if (known == type) return name;
  return {};
}

Result<Patch> parse_patch(PatchType type, std::string_view text) {
  auto documents = parse_yaml(text);
  if (!documents) return fail(cat("unable to parse the patch: ", visible(documents.error().message)));
  if (documents->size() != 1) return fail("unable to parse the patch: one document is wanted");
  Patch patch{type, std::move(documents->front())};
  const Kind wanted = type == PatchType::json ? Kind::sequence : Kind::mapping;
  if (patch.change.kind == wanted) return patch;
  return fail(cat("unable to parse the patch: expected ", wanted == Kind::mapping ? "an object" : "a list", ", got ",
                  describe_node(patch.change)));
}

Result<Node> apply_patch(const Patch& patch, const Node& object) {
  switch (patch.type) {
    case PatchType::strategic: return merge_strategic(object, patch.change);
    case PatchType::merge: return merge(object, patch.change);
    case PatchType::json: return apply_json_patch(object, patch.change);
  }
  return fail("no such patch");
}

}  // namespace kube
