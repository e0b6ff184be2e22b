// Templates as `kubectl get -o jsonpath=` takes them: "{.metadata.name}{"\n"}", "{range .items[*]}{.kind} {end}".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/node.h"

namespace kube {

// One step from some values to others.
struct PathStep {
  enum class Kind : uint8_t {
    root,      // $
    field,     // .name, ['name']
    children,  // .*
    all,       // ..: the values and all that is in them
    slice,     // [*], [0], [-1], [1:3], [::2]
    choice,    // ['a','b'], [0,2]
    filter,    // [?(@.a=="b")], [?(@.a)]
    literal,   // "text", 12, true
  };
  Kind kind = Kind::root;
  std::string name;  // of the field; the operator of the filter, empty: the left side is there
  std::optional<int64_t> start, end, stride;
  std::vector<std::vector<PathStep>> parts;  // of the choice; left and right side of the filter
  Node value;                                // of the literal
};
using Path = std::vector<PathStep>;

struct TemplatePart {
  enum class Kind : uint8_t { text, path, range };
  Kind kind = Kind::text;
  std::string text;
  Path path;
  std::vector<TemplatePart> body;  // of the range
};
using Template = std::vector<TemplatePart>;

Result<Template> parse_jsonpath(std::string_view text);

// What the template makes of the value, without a newline at its end. A field that is not there gives nothing; an index
// beyond its list and a list that is none are errors.
Result<std::string> print_jsonpath(const Template& parts, const Node& root);

}  // namespace kube
