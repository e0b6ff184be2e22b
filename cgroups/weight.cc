#include <algorithm>
#include <cmath>

#include "cgroups/plan.h"

namespace cgroups {
namespace {

constexpr uint64_t kSharesMin = 2, kSharesMax = 262144;
constexpr uint64_t kWeightMax = 10000;

}  // namespace

uint64_t weight_of_shares_old(uint64_t shares) {
  if (shares == 0) return 0;
  return 1 + (std::clamp(shares, kSharesMin, kSharesMax) - kSharesMin) * (kWeightMax - 1) / (kSharesMax - kSharesMin);
}

// 10 ^ ((log2(s)^2 + 125 log2(s)) / 612 - 7/34), rounded up: a curve through (2, 1), (1024, 100), (262144, 10000), so
// that the default of v1 becomes the default of v2, which the straight line missed (39 instead of 100).
uint64_t weight_of_shares_new(uint64_t shares) {
  if (shares == 0) return 0;
  if (shares <= kSharesMin) return 1;
  if (shares >= kSharesMax) return kWeightMax;
  double level = std::log2(static_cast<double>(shares));
  double exponent = (level * level + 125 * level) / 612.0 - 7.0 / 34.0;
  return static_cast<uint64_t>(std::ceil(std::pow(10, exponent)));
}

}  // namespace cgroups
