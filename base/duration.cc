#include "base/duration.h"

#include <algorithm>

#include "base/text.h"

namespace {

struct Unit {
  std::string_view name;
  int64_t milliseconds;
};
constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}};
constexpr int64_t kWeek = 7LL * 24 * 3'600'000;

}  // namespace

Result<int64_t> parse_duration(std::string_view text) {
  const auto wrong = [&] { return fail(cat(quoted(text), " is no time like 30s or 1m30s")); };
  if (const auto seconds = parse_number<uint64_t>(text))
    return static_cast<int64_t>(std::min<uint64_t>(*seconds, kWeek / 1000)) * 1000;
  if (text.empty()) return wrong();
  int64_t sum = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    const auto number = parse_number<int32_t>(rest.substr(0, digits));
    rest.remove_prefix(digits);
    const size_t letters = std::min(rest.find_first_of("0123456789"), rest.size());
    const auto* unit = std::ranges::find(kUnits, rest.substr(0, letters), &Unit::name);
    if (!number || unit == std::end(kUnits)) return wrong();
    sum = std::min(sum + *number * unit->milliseconds, kWeek);
    rest.remove_prefix(letters);
  }
  return sum;
}
