// The part of TOML 1.0 that a table of options is made of: lines of `key = value`, values that are strings, whole
// numbers, true or false, and comments. (A library for all of TOML brings the streams and locales of the C++ library
// along, 735 KB of them, into a process that is to be small.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace shim::toml {

using Value = std::variant<bool, int64_t, std::string>;

struct Entry {
  std::string key;
  Value value;
};

// The entries in their order. Errors name the line, and the key where there is one: "line 2: key 'Root': a list;
// options are strings, whole numbers, true or false". Also refused: a key that comes twice, tables, bytes that are not
// UTF-8.
Result<std::vector<Entry>> parse(std::string_view text);

}  // namespace shim::toml
