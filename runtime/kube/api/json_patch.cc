#include "runtime/kube/api/json_patch.h"

#include <algorithm>

#include "base/text.h"

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
  return fail(cat(operation.op, " operation does not apply: doc is missing path: ", visible(path), ": missing value"));
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

// A member that the operation must have, a pointer.
Result<std::string> parse_path(const Node& node, std::string_view member) {
  const Node* value = node.find(member);
  if (!value) return fail(cat(member, ": Required value"));
  if (value->kind != Kind::string) return fail(cat(member, ": expected a string, got ", describe_node(*value)));
  if (!value->text.empty() && !value->text.starts_with('/'))
    return fail(cat(member, ": ", quoted(value->text), " is not a path that begins with /"));
  return value->text;
}

Result<Operation> parse_operation(const Node& node) {
  if (node.kind != Kind::mapping) return fail(cat("expected an object, got ", describe_node(node)));
  const Node* op = node.find("op");
  if (!op) return fail("op: Required value");
  static constexpr std::string_view kKnown[] = {"add", "remove", "replace", "move", "copy", "test"};
  if (std::ranges::find(kKnown, op->text) == std::end(kKnown))
    return fail(cat("unexpected kind of operation: ", quoted(op->text)));
  Operation operation{op->text, TRY(parse_path(node, "path")), "", node.find("value")};
  if (operation.op == "move" || operation.op == "copy") operation.from = TRY(parse_path(node, "from"));
  const bool takes_value = operation.op == "add" || operation.op == "replace" || operation.op == "test";
  if (takes_value && !operation.value) return fail("value: Required value");
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
  if (is_equal(present, *operation.value)) return {};
  return fail(cat("testing value ", visible(operation.path), " failed: test failed"));
}

struct Extent {
  size_t bytes = 0;
  int depth = 0;
};

Extent measure(const Node& node) {
  Extent all{.bytes = node.text.size() + 1};
  const auto add = [&](const Extent& part) {
    all.bytes += part.bytes;
    all.depth = std::max(all.depth, part.depth + 1);
  };
  for (const Node& item : node.items) add(measure(item));
  for (const Entry& entry : node.entries) {
    all.bytes += entry.key.text.size();
    add(measure(entry.value));
  }
  return all;
}

// A few copies of the whole into itself would fill the memory.
Result<> check_extent(const Node& root) {
  const Extent extent = measure(root);
  if (extent.bytes <= kTextLimit && extent.depth <= kDepthLimit) return {};
  return fail("the object would become too large");
}

}  // namespace

Result<Node> apply_json_patch(const Node& object, const Node& operations) {
  Node changed = object;
  for (size_t i = 0; i < operations.items.size(); i++) {
    const Operation operation = TRY_IN(cat("operations[", i, "]"), parse_operation(operations.items[i]));
    TRY(apply(changed, operation));
    if (operation.op == "copy") TRY(check_extent(changed));
  }
  return changed;
}

}  // namespace kube
