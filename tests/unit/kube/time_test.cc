#include "runtime/kube/api/time.h"

#include <doctest/doctest.h>

using namespace kube;

TEST_CASE("time: RFC 3339 both ways") {
  CHECK(print_time({1795387922}) == "2026-11-22T22:52:02Z");
  CHECK(parse_time("2026-11-22T22:52:02Z")->seconds == 1795387922);
  CHECK(parse_time("2026-11-23T06:52:02.123456789+08:00")->seconds == 1795387922);
  CHECK(parse_time("2026-11-22T20:52:02-02:00")->seconds == 1795387922);
  CHECK(parse_time("1970-01-01T00:00:01Z")->seconds == 1);
  CHECK(parse_time("2024-02-29T00:00:00Z"));
  CHECK(print_time(*parse_time("0671-11-22T22:52:02+08:00")) == "0671-11-22T14:52:02Z");
  for (auto bad :
       {"", "2026-11-22", "2026-11-22T22:52:02", "2026-13-22T22:52:02Z", "2026-02-29T00:00:00Z", "2026-11-22T24:00:00Z",
        "2026-11-22T22:52:02ZZ", "2026-11-22T22:52:02+8:00", "2026-11-22T22:52:02.Z", "26-11-22T22:52:02Z",
        "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "2026-11-22T22:52:02+24:00", "yesterday"}) {
    CAPTURE(bad);
    CHECK(!parse_time(bad));
  }
}

TEST_CASE("time: as describe shows it") {
  CHECK(print_long_time({1795387922}) == "Sun, 22 Nov 2026 22:52:02 +0000");
}

TEST_CASE("time: ages are worded as kubectl does") {
  constexpr int64_t kMinute = 60, kHour = 3600, kDay = 24 * kHour, kYear = 365 * kDay;
  CHECK(print_age(-5) == "<invalid>");
  CHECK(print_age(-1) == "0s");
  CHECK(print_age(0) == "0s");
  CHECK(print_age(24) == "24s");
  CHECK(print_age(119) == "119s");
  CHECK(print_age(120) == "2m");
  CHECK(print_age(232) == "3m52s");
  CHECK(print_age(599) == "9m59s");
  CHECK(print_age(10 * kMinute + 30) == "10m");
  CHECK(print_age(179 * kMinute) == "179m");
  CHECK(print_age(3 * kHour) == "3h");
  CHECK(print_age(5 * kHour + 12 * kMinute) == "5h12m");
  CHECK(print_age(8 * kHour + 12 * kMinute) == "8h");
  CHECK(print_age(47 * kHour) == "47h");
  CHECK(print_age(2 * kDay + 3 * kHour) == "2d3h");
  CHECK(print_age(8 * kDay + 3 * kHour) == "8d");
  CHECK(print_age(700 * kDay) == "700d");
  CHECK(print_age(3 * kYear + 200 * kDay) == "3y200d");
  CHECK(print_age(9 * kYear + 200 * kDay) == "9y");
  CHECK(print_age(Time{}, Time{100}) == "<unknown>");
  CHECK(print_age(Time{76}, Time{100}) == "24s");
}
