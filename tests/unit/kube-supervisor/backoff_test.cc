#include "runtime/kube/supervisor/backoff.h"

#include <doctest/doctest.h>

#include <vector>

using kube::Backoff;

TEST_CASE("back-off: the first restart comes at once, then 10 s, doubled up to 300 s") {
  Backoff backoff;
  int64_t now = 1'000'000;
  for (const int64_t expected : {0, 10, 20, 40, 80, 160, 300, 300}) {
    CHECK(backoff.delay(now) == expected * 1000);
    now += backoff.delay(now);
    backoff.step(now, now);
    now += 50;  // it fails soon
  }
}

TEST_CASE("back-off: a container that ran for more than ten minutes begins anew") {
  Backoff backoff;
  for (int i = 0; i < 5; i++) backoff.step(1000, 1000);
  CHECK(backoff.delay(1000 + 600'000) == 160'000);
  CHECK(backoff.delay(1000 + 600'001) == 0);
  backoff.step(1000 + 600'001, 1000 + 600'001);
  CHECK(backoff.delay(1000 + 600'002) == 10'000);
}
