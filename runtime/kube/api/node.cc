#include "runtime/kube/api/node.h"

#include "base/text.h"

namespace kube {

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries)
    if (entry.key.text == key) return &entry.value;
  return nullptr;
}

Node text_node(std::string text) {
  return {.kind = Node::Kind::string, .text = std::move(text)};
}

Node mapping_node(std::vector<std::pair<std::string, Node>> members) {
  Node node{.kind = Node::Kind::mapping};
  for (auto& [key, value] : members) node.entries.push_back({text_node(std::move(key)), std::move(value)});
  return node;
}

Node list_node(std::vector<Node> items) {
  Node all{.kind = Node::Kind::sequence, .items = std::move(items)};
  return mapping_node({{"apiVersion", text_node("v1")},
                       {"items", std::move(all)},
                       {"kind", text_node("List")},
                       {"metadata", mapping_node({{"resourceVersion", text_node("")}})}});
}

namespace {

// Messages quote the manifest: neither its control bytes nor a megabyte of it belong on a terminal.
std::string on_one_line(std::string_view text) {
  constexpr size_t kMost = 1000;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (out.size() >= kMost && (byte & 0xC0) != 0x80) return out + "…";
    if (byte < 0x20 || byte == 0x7F)
      out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
    else
      out += c;
  }
  return out;
}

}  // namespace

Mark mark_of(std::string_view text, size_t offset) {
  Mark mark;
  for (char c : text.substr(0, offset)) {
    if (c == '\n')
      mark = {mark.line + 1, 1};
    else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80)
      ++mark.column;  // not in the middle of a character
  }
  return mark;
}

Error place_error(std::string_view file, const ParseError& error) {
  return Error{0, cat(file, ':', error.mark.line, ':', error.mark.column, ": ", on_one_line(error.message)),
               error.hint};
}

namespace {

// One step off the front of a path: "name", "[3]" or "[key]"; the brackets and dots are taken off.
struct Step {
  std::string_view name;
  bool bracketed = false;
};

Step take_step(std::string_view& path) {
  if (path.starts_with('.')) path.remove_prefix(1);
  bool bracketed = path.starts_with('[');
  if (bracketed) path.remove_prefix(1);
  size_t end = bracketed ? path.find(']') : path.find_first_of(".[");
  end = std::min(end, path.size());
  Step step{path.substr(0, end), bracketed};
  path.remove_prefix(std::min(end + (bracketed ? 1 : 0), path.size()));
  return step;
}

}  // namespace

Mark locate(const Node& root, std::string_view path) {
  const Node* node = &root;
  Mark mark = root.mark;
  while (!path.empty()) {
    Step step = take_step(path);
    if (node->kind == Node::Kind::sequence) {
      const size_t size = node->items.size();
      const size_t index = step.bracketed ? parse_number<size_t>(step.name).value_or(size) : size;
      if (index >= size) return mark;
      node = &node->items[index];
      mark = node->mark;
      continue;
    }
    const Node* next = nullptr;
    for (const Entry& entry : node->entries) {
      if (entry.key.text != step.name) continue;
      next = &entry.value;
      // The value's place for a scalar, the key's for what begins on a later line.
      mark = entry.value.is_scalar() && entry.value.kind != Node::Kind::null ? entry.value.mark : entry.key.mark;
    }
    if (next == nullptr) return mark;
    node = next;
  }
  return mark;
}

}  // namespace kube
