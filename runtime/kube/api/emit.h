// Nodes to text.
#pragma once

#include <string>

#include "runtime/kube/api/node.h"

namespace kube {

// YAML as kubectl writes it: lists at the indent of their key, texts of several lines in '|' style, a string in double
// quotes where it would be read as something else. Lines are not folded.
std::string emit_yaml(const Node& node);

// JSON, compact, or indented by four spaces with a newline at the end.
std::string emit_compact_json(const Node& node);
std::string emit_json(const Node& node);

// Compact JSON, byte for byte as Go's encoder writes it, which also escapes <, > and &: for what is hashed, and for
// what kubectl prints of an object in the middle of a line.
std::string emit_go_json(const Node& node);

}  // namespace kube
