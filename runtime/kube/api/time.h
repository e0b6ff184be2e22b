// Points in time as the API has them (RFC 3339, whole seconds, UTC), and how kubectl words the time since.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kube {

// Seconds since 1970-01-01T00:00:00Z. 0 stands for "not set" and is not printed.
struct Time {
  int64_t seconds = 0;
  bool is_set() const { return seconds != 0; }
  auto operator<=>(const Time&) const = default;
};

// The present, by CLOCK_REALTIME.
Time now();

// "2026-11-22T22:52:02Z".
std::string print_time(Time time);
// Takes "2026-11-22T22:52:02Z", with any fraction (dropped) and any offset ("+08:00"); empty when it is not a time.
std::optional<Time> parse_time(std::string_view text);

// "Sun, 22 Nov 2026 22:52:02 +0000", as `kubectl describe` shows times.
std::string print_long_time(Time time);

// The age as kubectl shows it: "45s", "3m52s", "30m", "5h12m", "2d3h", "9d", "3y200d"; "<invalid>" when it is negative
// by two seconds or more.
std::string print_age(int64_t seconds);
// Age of `then` at `at`; "<unknown>" when `then` is not set.
std::string print_age(Time then, Time at);

}  // namespace kube
