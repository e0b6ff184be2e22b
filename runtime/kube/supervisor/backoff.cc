#include "runtime/kube/supervisor/backoff.h"

#include <algorithm>

namespace kube {

int64_t Backoff::delay(int64_t ended) const {
  return is_expired(ended) ? 0 : delay_;
}

void Backoff::step(int64_t ended, int64_t now) {
  delay_ = delay_ == 0 || is_expired(ended) ? kFirst : std::min(2 * delay_, kMost);
  updated_ = now;
}

}  // namespace kube
