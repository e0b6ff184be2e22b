#include "runtime/kube/api/strategic.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/merge_key.h"
#include "runtime/kube/api/patch.h"

namespace kube {
namespace {

using Kind = Node::Kind;

constexpr std::string_view kPatch = "$patch", kRetainKeys = "$retainKeys", kDelete = "$deleteFromPrimitiveList/";

std::string directive_of(const Node& change) {
  const Node* directive = change.find(kPatch);
  return directive ? directive->text : "";
}

bool is_directive(const std::string& key) {
  return key.starts_with('$');
}

Node without_directives(Node change) {
  std::erase_if(change.entries, [](const Entry& entry) { return is_directive(entry.key.text); });
  return change;
}

bool has_text(const Node& list, const std::string& text) {
  return std::ranges::find(list.items, text, &Node::text) != list.items.end();
}

Result<Node> merge_list(const Node& present, const Node& change, std::string_view key) {
  Node merged = present;
  const bool replaces =
      std::ranges::any_of(change.items, [](const Node& item) { return directive_of(item) == "replace"; });
  if (replaces) merged.items.clear();
  for (const Node& item : change.items) {
    if (directive_of(item) == "replace") continue;
    if (!item.find(key))
      return fail(cat("map: ", emit_compact_json(item), " does not contain declared merge key: ", key));
    const auto* found = find_item(merged, key, item);
    const auto at = found ? merged.items.begin() + (found - merged.items.data()) : merged.items.end();
    if (directive_of(item) == "delete") {
      if (found) merged.items.erase(at);
    } else if (found) {
      *at = TRY(merge_strategic(*at, item));
    } else {
      merged.items.push_back(TRY(merge_strategic({}, item)));
    }
  }
  return merged;
}

Result<Node> merge_value(const std::string& field, const Node& present, const Node& change) {
  const std::string_view key = merge_key_of(field);
  if (change.kind == Kind::sequence && !key.empty())
    return merge_list(present.kind == Kind::sequence ? present : Node{.kind = Kind::sequence}, change, key);
  return merge_strategic(present, change);
}

// What a directive says of a list beside it.
void delete_from_lists(Node& merged, const Node& change) {
  for (const Entry& entry : change.entries) {
    if (!entry.key.text.starts_with(kDelete)) continue;
    const std::string field = entry.key.text.substr(kDelete.size());
    for (Entry& list : merged.entries)
      if (list.key.text == field)
        std::erase_if(list.value.items, [&](const Node& item) { return has_text(entry.value, item.text); });
  }
}

}  // namespace

Result<Node> merge_strategic(const Node& present, const Node& change) {
  if (change.kind != Kind::mapping) return change;
  const std::string directive = directive_of(change);
  if (directive == "replace") return without_directives(change);
  if (directive == "delete") return Node{.kind = Kind::mapping};
  if (!directive.empty() && directive != "merge") return fail(cat("unknown patch type: ", visible(directive)));
  Node merged = present.kind == Kind::mapping ? present : Node{.kind = Kind::mapping};
  if (const Node* keys = change.find(kRetainKeys))
    std::erase_if(merged.entries, [&](const Entry& entry) { return !has_text(*keys, entry.key.text); });
  for (const Entry& entry : change.entries) {
    if (is_directive(entry.key.text)) continue;
    const auto at = std::ranges::find(merged.entries, entry.key.text, [](const Entry& one) { return one.key.text; });
    if (entry.value.kind == Kind::null || directive_of(entry.value) == "delete") {
      if (at != merged.entries.end()) merged.entries.erase(at);
    } else if (at != merged.entries.end()) {
      at->value = TRY(merge_value(entry.key.text, at->value, entry.value));
    } else {
      merged.entries.push_back({entry.key, TRY(merge_value(entry.key.text, {}, entry.value))});
    }
  }
  delete_from_lists(merged, change);
  return merged;
}

namespace {

Node diff_list(const Node& before, const Node& after, std::string_view key) {
  Node changes{.kind = Kind::sequence};
  for (const Node& item : after.items) {
    const Node* old = find_item(before, key, item);
    Node change = old ? diff_objects(*old, item) : item;
    if (change.entries.empty()) continue;
    if (!change.find(key))
      change.entries.insert(change.entries.begin(), {text_node(std::string(key)), *item.find(key)});
    changes.items.push_back(std::move(change));
  }
  for (const Node& item : before.items)
    if (!find_item(after, key, item))
      changes.items.push_back({.kind = Kind::mapping,
                               .entries = {{text_node(std::string(key)), *item.find(key)},
                                           {text_node(std::string(kPatch)), text_node("delete")}}});
  return changes;
}

bool is_empty(const Node& change) {
  return change.entries.empty() && change.items.empty() && !change.is_scalar();
}

}  // namespace

Node diff_objects(const Node& before, const Node& after) {
  Node changes{.kind = Kind::mapping};
  for (const Entry& entry : after.entries) {
    const Node* old = before.find(entry.key.text);
    if (old && is_equal(*old, entry.value)) continue;
    const std::string_view key = merge_key_of(entry.key.text);
    Node change = entry.value;
    if (old && old->kind == Kind::mapping && change.kind == Kind::mapping)
      change = diff_objects(*old, change);
    else if (old && has_keys(*old, key) && has_keys(change, key))
      change = diff_list(*old, change, key);
    if (!old || !is_empty(change)) changes.entries.push_back({entry.key, std::move(change)});
  }
  for (const Entry& entry : before.entries)
    if (!after.find(entry.key.text)) changes.entries.push_back({entry.key, {}});
  return changes;
}

}  // namespace kube
