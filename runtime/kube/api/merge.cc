#include "runtime/kube/api/merge.h"

namespace kube {

Node merge_applied(const Node& present, const Node& last, const Node& wanted) {
  if (present.kind != Node::Kind::mapping || wanted.kind != Node::Kind::mapping) return wanted;
  static const Node nothing;
  Node merged = present;
  merged.entries.clear();
  for (const Entry& entry : present.entries) {
    const Node* value = wanted.find(entry.key.text);
    const Node* old = last.find(entry.key.text);
    if (value)
      merged.entries.push_back({entry.key, merge_applied(entry.value, old ? *old : nothing, *value)});
    else if (!old)
      merged.entries.push_back(entry);
  }
  for (const Entry& entry : wanted.entries)
    if (!present.find(entry.key.text)) merged.entries.push_back(entry);
  return merged;
}

}  // namespace kube
