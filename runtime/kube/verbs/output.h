// What -o asks for, and objects printed that way.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/jsonpath.h"
#include "runtime/kube/api/object.h"

namespace kube {

struct Output {
  enum class Format : uint8_t { table, wide, yaml, json, name, jsonpath };
  Format format = Format::table;
  Template jsonpath;

  bool is_table() const { return format == Format::table || format == Format::wide; }
  // Whether many objects are put into one List.
  bool is_list() const { return !is_table() && format != Format::name; }
};

// "", wide, yaml, json, name, jsonpath=TEMPLATE.
Result<Output> parse_output(const std::string& text);

// One object itself when it is the only one that was asked for, else a List; with `name`, a line for each. Not for
// tables.
Result<std::string> print_objects(const std::vector<Object>& objects, const Output& output, bool is_one);

}  // namespace kube
