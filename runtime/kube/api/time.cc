#include "runtime/kube/api/time.h"

#include <ctime>

#include "base/text.h"

namespace kube {
namespace {

std::string two_digits(int64_t number) {
  return cat(number < 10 ? "0" : "", number);
}

std::string year_text(const tm& t) {
  std::string digits = cat(1900 + t.tm_year);
  return digits.size() < 4 ? std::string(4 - digits.size(), '0') + digits : digits;
}

std::string clock_text(const tm& t) {
  return cat(two_digits(t.tm_hour), ':', two_digits(t.tm_min), ':', two_digits(t.tm_sec));
}

tm broken_down(Time time) {
  time_t seconds = time.seconds;
  tm t{};
  gmtime_r(&seconds, &t);
  return t;
}

// Takes exactly `width` digits off the front.
std::optional<int> take_number(std::string_view& text, size_t width) {
  if (text.size() < width) return std::nullopt;
  for (char c : text.substr(0, width))
    if (c < '0' || c > '9') return std::nullopt;
  auto number = parse_number<int>(text.substr(0, width));
  text.remove_prefix(width);
  return number;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// "Z" or "+08:00", in seconds; empty when it is neither or not the end.
std::optional<int64_t> parse_offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  bool west = !text.empty() && text[0] == '-';
  if (!take(text, "+-")) return std::nullopt;
  auto hours = take_number(text, 2);
  if (!hours || !take(text, ":")) return std::nullopt;
  auto minutes = take_number(text, 2);
  if (!minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  int64_t seconds = *hours * 3600 + *minutes * 60;
  return west ? -seconds : seconds;
}

}  // namespace

Time now() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return {t.tv_sec};
}

std::string print_time(Time time) {
  tm t = broken_down(time);
  return cat(year_text(t), '-', two_digits(t.tm_mon + 1), '-', two_digits(t.tm_mday), 'T', clock_text(t), 'Z');
}

std::string print_long_time(Time time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  tm t = broken_down(time);
  return cat(kDays[t.tm_wday], ", ", two_digits(t.tm_mday), ' ', kMonths[t.tm_mon], ' ', year_text(t), ' ',
             clock_text(t), " +0000");
}

std::optional<Time> parse_time(std::string_view text) {
  tm t{};
  struct Part {
    int* to;
    size_t width;
    std::string_view before;
    int least, most;
  };
  const Part parts[] = {{&t.tm_year, 4, "", 1, 9999},  {&t.tm_mon, 2, "-", 1, 12}, {&t.tm_mday, 2, "-", 1, 31},
                        {&t.tm_hour, 2, "Tt ", 0, 23}, {&t.tm_min, 2, ":", 0, 59}, {&t.tm_sec, 2, ":", 0, 60}};
  for (const Part& part : parts) {
    if (!part.before.empty() && !take(text, part.before)) return std::nullopt;
    auto number = take_number(text, part.width);
    if (!number || *number < part.least || *number > part.most) return std::nullopt;
    *part.to = *number;
  }
  if (take(text, ".")) {
    if (!take(text, "0123456789")) return std::nullopt;
    while (take(text, "0123456789")) {
    }
  }
  auto offset = parse_offset(text);
  if (!offset) return std::nullopt;
  tm date{};
  date.tm_year = t.tm_year - 1900;
  date.tm_mon = t.tm_mon - 1;
  date.tm_mday = t.tm_mday;
  int64_t midnight = timegm(&date);
  if (date.tm_mday != t.tm_mday) return std::nullopt;  // 31 February became a day of March
  Time time{midnight + int64_t{t.tm_hour} * 3600 + int64_t{t.tm_min} * 60 + t.tm_sec - *offset};
  // Its offset may lead out of the years that can be written.
  int year = 1900 + broken_down(time).tm_year;
  return year >= 1 && year <= 9999 ? std::optional(time) : std::nullopt;
}

// The thresholds are those of apimachinery's duration.HumanDuration.
std::string print_age(int64_t seconds) {
  if (seconds < -1) return "<invalid>";
  if (seconds < 0) return "0s";
  if (seconds < 120) return cat(seconds, 's');
  int64_t minutes = seconds / 60, hours = seconds / 3600, days = hours / 24, years = days / 365;
  auto both = [](int64_t large, char large_unit, int64_t small, char small_unit) {
    return small == 0 ? cat(large, large_unit) : cat(large, large_unit, small, small_unit);
  };
  if (minutes < 10) return both(minutes, 'm', seconds % 60, 's');
  if (hours < 3) return cat(minutes, 'm');
  if (hours < 8) return both(hours, 'h', minutes % 60, 'm');
  if (hours < 48) return cat(hours, 'h');
  if (days < 8) return both(days, 'd', hours % 24, 'h');
  if (years < 2) return cat(days, 'd');
  if (years < 8) return both(years, 'y', days % 365, 'd');
  return cat(years, 'y');
}

std::string print_age(Time then, Time at) {
  return then.is_set() ? print_age(at.seconds - then.seconds) : "<unknown>";
}

}  // namespace kube
