// Changes of an object, in the three forms that the API takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/kube/api/node.h"

namespace kube {

enum class PatchType : uint8_t {
  strategic,  // as merge, but lists whose items have names are merged item by item
  merge,      // RFC 7386: null takes away, lists are replaced
  json,       // RFC 6902: add, remove, replace, move, copy, test
};

// "strategic", "merge", "json": as on the command line.
std::optional<PatchType> patch_type_named(std::string_view name);
std::string_view name_of(PatchType type);

struct Patch {
  PatchType type = PatchType::strategic;
  Node change;  // an object; with PatchType::json a list
};

// Reads a patch in JSON or YAML.
Result<Patch> parse_patch(PatchType type, std::string_view text);

// The object after the change. Of `$`-directives, strategic patches may hold `$patch: delete|replace|merge`,
// `$retainKeys` and `$deleteFromPrimitiveList`. Errors in the API server's words.
Result<Node> apply_patch(const Patch& patch, const Node& object);

// The strategic patch that makes `after` of `before`; an empty object when they are the same.
Node diff_objects(const Node& before, const Node& after);

}  // namespace kube
