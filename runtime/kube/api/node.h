// A parsed document as a tree that knows where each value was written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace kube {

struct Mark {
  int line = 1, column = 1;  // from 1; columns count characters, not bytes
};

struct Entry;

struct Node {
  enum class Kind : uint8_t { null, boolean, integer, real, string, sequence, mapping };
  Kind kind = Kind::null;
  bool quoted = false;  // a scalar in quotes or of block style
  Mark mark;
  std::string text;            // a scalar's text, without quotes
  std::vector<Node> items;     // of a sequence
  std::vector<Entry> entries;  // of a mapping, in the order written, merge keys resolved

  bool is_scalar() const { return kind < Kind::sequence; }
  // The value of a key of a mapping, or null.
  const Node* find(std::string_view key) const;
};

struct Entry {
  Node key;  // a scalar
  Node value;
};

// Trees to print: a text; a mapping with its keys in this order.
Node text_node(std::string text);
Node mapping_node(std::vector<std::pair<std::string, Node>> members);
// A v1 List.
Node list_node(std::vector<Node> items);

// Whether two trees say the same, in whatever order the keys of a mapping are and however a number is written
// (RFC 6902, 4.6).
bool is_equal(const Node& left, const Node& right);

// "a string", "the number 1.28", "the boolean 'yes'", "a list": for error texts.
std::string describe_node(const Node& node);

// The value of an integer node ("0x1F", "0o17", "017", "1_000", "-5"); empty when it does not fit.
std::optional<int64_t> integer_of(const Node& node);
// The value of a boolean node, by its first letters: "y", "True", "ON" …
bool boolean_of(const Node& node);

// The kind of a plain scalar, as YAML 1.1 and kubectl's parser see it: y, no, on are booleans, 017 and 0x1F integers,
// dates are strings.
Node::Kind resolve_plain(std::string_view text);

// Input is refused beyond these: an API server takes 3 MiB, and deep trees and alias bombs only come from attackers.
constexpr size_t kTextLimit = 3 << 20;
constexpr int kDepthLimit = 100;
constexpr size_t kNodeLimit = 200'000;

// A failure in the text itself, at a place.
struct ParseError {
  Mark mark;
  std::string message;
  std::string hint;
};
template <class T = void>
using Parsed = std::expected<T, ParseError>;

// TRY (base/result.h) for these.
#define TRY_PARSED(expression)                                        \
  ({                                                                  \
    auto parsed_ = (expression);                                      \
    if (!parsed_) return std::unexpected(std::move(parsed_).error()); \
    *std::move(parsed_);                                              \
  })

// All documents of a YAML stream. Documents without content give a null node.
Parsed<std::vector<Node>> parse_yaml(std::string_view text);

// One JSON document (RFC 8259, duplicate keys refused).
Parsed<Node> parse_json(std::string_view text);

// The place of a byte of the text.
Mark mark_of(std::string_view text, size_t offset);

// "file:line:column: message".
Error place_error(std::string_view file, const ParseError& error);

// The place of the value at a path like "spec.containers[0].resources.limits[cpu]" (of its key when it is an object or
// a list), or of the last part of the path that is there.
Mark locate(const Node& root, std::string_view path);

}  // namespace kube
