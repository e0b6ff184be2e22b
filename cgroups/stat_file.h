// The formats of a cgroup's files that count (cgroup-v2.rst, "Format").
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace cgroups {

// The text of a file; empty when the controller is not there.
Result<std::string> read_if_present(int directory, const std::string& file);

// A single number; empty for "max" and for a missing file.
Result<std::optional<uint64_t>> read_number(int directory, const std::string& file);

// A file of lines "key number".
std::map<std::string, uint64_t> parse_keys(std::string_view text);

// The number behind "KEY=" among the words of a line; 0 when it is not there or "max".
uint64_t value_of(std::string_view line, std::string_view key);

}  // namespace cgroups
