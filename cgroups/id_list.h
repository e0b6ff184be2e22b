// Lists of CPUs and memory nodes as "0-3,7" (cpuset(7), "List format").
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cgroups {

// A bit an id, the lowest ids in the first byte, no empty bytes at the end.
using IdMask = std::vector<uint8_t>;

// Empty when the text is no such list or has an id above 8191 (CONFIG_NR_CPUS goes no further). "" is an empty mask.
std::optional<IdMask> parse_id_list(std::string_view text);

// True when every id of `part` is in `whole`.
bool is_within(const IdMask& part, const IdMask& whole);

}  // namespace cgroups
