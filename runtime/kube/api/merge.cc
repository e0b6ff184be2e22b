#include "runtime/kube/api/merge.h"

#include "runtime/kube/api/merge_key.h"

namespace kube {
namespace {

// Items that have names are merged by them; what was applied the last time and is no more goes.
Node merge_lists(const Node& present, const Node& last, const Node& wanted, std::string_view key) {
  static const Node nothing;
  Node merged = present;
  merged.items.clear();
  for (const Node& item : present.items) {
    const Node *value = find_item(wanted, key, item), *old = find_item(last, key, item);
    if (value)
      merged.items.push_back(merge_applied(item, old ? *old : nothing, *value));
    else if (!old)
      merged.items.push_back(item);
  }
  for (const Node& item : wanted.items)
    if (!find_item(present, key, item)) merged.items.push_back(item);
  return merged;
}

Node merge_value(const std::string& field, const Node& present, const Node& last, const Node& wanted) {
  const std::string_view key = merge_key_of(field);
  const bool are_keyed = has_keys(present, key) && has_keys(wanted, key);
  return are_keyed ? merge_lists(present, last, wanted, key) : merge_applied(present, last, wanted);
}

}  // namespace

Node merge_applied(const Node& present, const Node& last, const Node& wanted) {
  if (present.kind != Node::Kind::mapping || wanted.kind != Node::Kind::mapping) return wanted;
  static const Node nothing;
  Node merged = present;
  merged.entries.clear();
  for (const Entry& entry : present.entries) {
    const Node* value = wanted.find(entry.key.text);
    const Node* old = last.find(entry.key.text);
    if (value)
      merged.entries.push_back({entry.key, merge_value(entry.key.text, entry.value, old ? *old : nothing, *value)});
    else if (!old)
      merged.entries.push_back(entry);
  }
  for (const Entry& entry : wanted.entries)
    if (!present.find(entry.key.text)) merged.entries.push_back(entry);
  return merged;
}

}  // namespace kube
