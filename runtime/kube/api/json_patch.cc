#include "runtime/kube/api/json_patch.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/emit.h"

namespace kube {
namespace {

using Kind = Node::Kind;

struct Operation {
  std::string op, path, from;
  const Node* value = nullptr;
};

// "~1" is a slash and "~0" a tilde (RFC 6901, 3).
std::string unescape(std::string text) {
  for (const auto& [code, letter] : {std::pair("~1", "/"), {"~0", "~"}})
    for (size_t at = 0; (at = text.find(code, at)) != text.npos; at++) text.replace(at, 2, letter);
  return text;
}

std::vector<std::string> parse_pointer(const std::string& path) {
  std::vector<std::string> parts;
  for (std::string& part : split(path, '/')) parts.push_back(unescape(std::move(part)));
  parts.erase(parts.begin());
  return parts;
}

std::unexpected<Error> does_not_apply(const Operation& operation, std::string_view path) {
  return fail(cat(operation.op, " operation does not apply: doc is missing path: ", path, ": missing value"));
}

// The place of an item; that behind the last one, "-", only where something is put.
std::optional<size_t> index_of(const Node& list, const std::string& part, bool may_be_behind) {
  if (part == "-" && may_be_behind) return list.items.size();
  const auto index = parse_number<size_t>(part);
  if (!index || *index >= list.items.size() + (may_be_behind ? 1 : 0)) return {};
  return index;
}

Node* child_of(Node& node, const std::string& part) {
  if (node.kind == Kind::sequence) {
    const auto index = index_of(node, part, false);
    return index ? &node.items[*index] : nullptr;
  }
  const auto found = std::ranges::find(node.entries, part, [](const Entry& entry) { return entry.key.text; });
  return found == node.entries.end() ? nullptr : &found->value;
}

// What the pointer leads to, or without its last part.
Node* walk(Node& root, const std::vector<std::string>& parts, size_t count) {
  Node* node = &root;
  for (size_t i = 0; node && i < count; i++) node = child_of(*node, parts[i]);
  return node;
}

Result<> put(Node& root, const Operation& operation, Node value, bool replaces) {
  const std::vector<std::string> parts = parse_pointer(operation.path);
  if (parts.empty()) {
    root = std::move(value);
    return {};
  }
  Node* parent = walk(root, parts, parts.size() - 1);
  if (!parent || parent->is_scalar()) return does_not_apply(operation, operation.path);
  Node* present = child_of(*parent, parts.back());
  if (replaces && !present) return does_not_apply(operation, operation.path);
  if (parent->kind == Kind::mapping) {
    if (present)
      *present = std::move(value);
    else
      parent->entries.push_back({text_node(parts.back()), std::move(value)});
    return {};
  }
  if (replaces) {
    *present = std::move(value);
    return {};
  }
  const auto index = index_of(*parent, parts.back(), true);
  if (!index) return does_not_apply(operation, operation.path);
  parent->items.insert(parent->items.begin() + static_cast<ptrdiff_t>(*index), std::move(value));
  return {};
}

Result<Node> take(Node& root, const Operation& operation, const std::string& path) {
  const std::vector<std::string> parts = parse_pointer(path);
  Node* parent = parts.empty() ? nullptr : walk(root, parts, parts.size() - 1);
  Node* present = parent ? child_of(*parent, parts.back()) : nullptr;
  if (!present) return does_not_apply(operation, path);
  Node taken = std::move(*present);
  if (parent->kind == Kind::sequence)
    parent->items.erase(parent->items.begin() + (present - parent->items.data()));
  else
    std::erase_if(parent->entries, [&](const Entry& entry) { return entry.key.text == parts.back(); });
  return taken;
}

Result<Node> copy(Node& root, const Operation& operation, const std::string& path) {
  const std::vector<std::string> parts = parse_pointer(path);
  const Node* present = walk(root, parts, parts.size());
  if (!present) return does_not_apply(operation, path);
  return *present;
}

Result<Operation> parse_operation(const Node& node) {
  const auto text = [&](std::string_view key) {
    const Node* value = node.find(key);
    return value ? value->text : std::string();
  };
  Operation operation{text("op"), text("path"), text("from"), node.find("value")};
  static constexpr std::string_view kKnown[] = {"add", "remove", "replace", "move", "copy", "test"};
  if (std::ranges::find(kKnown, operation.op) == std::end(kKnown))
    return fail(cat("unexpected kind of operation: ", quoted(operation.op)));
  const bool takes_value = operation.op == "add" || operation.op == "replace" || operation.op == "test";
  if (takes_value && !operation.value)
    return fail(cat(operation.op, " operation of ", quoted(operation.path), " has no value"));
  for (const std::string* path : {&operation.path, &operation.from})
    if (!path->empty() && !path->starts_with('/')) return fail(cat(quoted(*path), " is not a path that begins with /"));
  return operation;
}

Result<> apply(Node& root, const Operation& operation) {
  if (operation.op == "add" || operation.op == "replace")
    return put(root, operation, *operation.value, operation.op == "replace");
  if (operation.op == "remove") {
    TRY(take(root, operation, operation.path));
    return {};
  }
  if (operation.op == "move") return put(root, operation, TRY(take(root, operation, operation.from)), false);
  const Node present = TRY(copy(root, operation, operation.op == "copy" ? operation.from : operation.path));
  if (operation.op == "copy") return put(root, operation, present, false);
  if (emit_compact_json(present) == emit_compact_json(*operation.value)) return {};
  return fail(cat("testing value ", operation.path, " failed: test failed"));
}

}  // namespace

Result<Node> apply_json_patch(const Node& object, const Node& operations) {
  Node changed = object;
  for (const Node& node : operations.items) TRY(apply(changed, TRY(parse_operation(node))));
  return changed;
}

}  // namespace kube
