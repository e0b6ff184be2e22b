#include "cgroups/id_list.h"

#include <string>

#include "base/text.h"

namespace cgroups {
namespace {

constexpr uint32_t kIdMax = 8191;

}  // namespace

std::optional<IdMask> parse_id_list(std::string_view text) {
  IdMask mask;
  if (text.empty()) return mask;
  for (const std::string& range : split(text, ',')) {
    std::vector<std::string> ends = split(range, '-');
    auto first = parse_number<uint32_t>(ends.front()), last = parse_number<uint32_t>(ends.back());
    if (ends.size() > 2 || !first || !last || *first > *last || *last > kIdMax) return std::nullopt;
    if (mask.size() <= *last / 8) mask.resize(*last / 8 + 1);
    for (uint32_t id = *first; id <= *last; ++id) mask[id / 8] |= static_cast<uint8_t>(1u << id % 8);
  }
  return mask;
}

bool is_within(const IdMask& part, const IdMask& whole) {
  for (size_t i = 0; i < part.size(); ++i) {
    unsigned allowed = i < whole.size() ? whole[i] : 0;
    if ((part[i] & ~allowed) != 0) return false;
  }
  return true;
}

}  // namespace cgroups
