#include <doctest/doctest.h>

#include "cgroups/plan.h"

TEST_CASE("weight: shares become weights by the new and the old formula") {
  struct Row {
    uint64_t shares, old_weight, new_weight;
  };
  for (Row row : {Row{0, 0, 0},
                  {1, 1, 1},
                  {2, 1, 1},
                  {10, 1, 4},
                  {102, 4, 17},
                  {256, 10, 35},
                  {512, 20, 59},
                  {1024, 39, 100},
                  {2048, 79, 174},
                  {4096, 157, 303},
                  {8192, 313, 532},
                  {262144, 10000, 10000},
                  {262145, 10000, 10000},
                  {UINT64_MAX, 10000, 10000}}) {
    CAPTURE(row.shares);
    CHECK(cgroups::weight_of_shares_old(row.shares) == row.old_weight);
    CHECK(cgroups::weight_of_shares_new(row.shares) == row.new_weight);
  }
}

TEST_CASE("weight: more shares never weigh less, and the weight is one that the kernel takes") {
  uint64_t last = 1;
  for (uint64_t shares = 2; shares <= 262144; shares += 7) {
    uint64_t weight = cgroups::weight_of_shares_new(shares);
    REQUIRE(weight >= last);
    REQUIRE(weight <= 10000);
    last = weight;
  }
}
