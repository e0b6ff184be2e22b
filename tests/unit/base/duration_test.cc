#include "base/duration.h"

#include <doctest/doctest.h>

#include <string>

TEST_CASE("duration: units of Go, alone and together; a bare number is seconds; a week is the most") {
  CHECK(*parse_duration("500ms") == 500);
  CHECK(*parse_duration("1m30s") == 90'000);
  CHECK(*parse_duration("2h") == 7'200'000);
  CHECK(*parse_duration("10") == 10'000);
  CHECK(*parse_duration("0") == 0);
  CHECK(*parse_duration("2147483647h") == 7LL * 24 * 3'600'000);
  CHECK(*parse_duration("18446744073709551615") == 7LL * 24 * 3'600'000);
  for (const char* bad : {"", "s", "5x", "-1s", "1.5s", "5 s", "1h-5m", "99999999999s"})
    CHECK(parse_duration(bad).error().text() == std::string("'") + bad + "' is no time like 30s or 1m30s");
}
