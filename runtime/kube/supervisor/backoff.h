// When a container that ended may start again: the kubelet's rule (client-go, flowcontrol.Backoff).
#pragma once

#include <cstdint>

namespace kube {

// The first restart comes at once, the next waits 10 seconds from the end of the container, then 20, 40 … to 300. A
// container that has run for more than 10 minutes since the last start begins anew. Times in milliseconds on any one
// clock.
class Backoff {
 public:
  static constexpr int64_t kFirst = 10'000, kMost = 300'000;

  // How long after `ended` it must wait; 0: it need not.
  int64_t delay(int64_t ended) const;
  // It starts again: the next wait will be longer.
  void step(int64_t ended, int64_t now);

 private:
  bool is_expired(int64_t ended) const { return ended - updated_ > 2 * kMost; }

  int64_t delay_ = 0;
  int64_t updated_ = 0;
};

// The pause before a volume is tried again: half a second, doubled each time, at most about two minutes (kubelet,
// exponentialbackoff). Milliseconds.
constexpr int64_t kFirstMountRetry = 500, kLongestMountRetry = 122'000;

}  // namespace kube
