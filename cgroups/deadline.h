// A point in time until which something is waited for.
#pragma once

#include <chrono>

namespace cgroups {

class Deadline {
 public:
  // In so many milliseconds; -1: never.
  explicit Deadline(int milliseconds) : milliseconds_(milliseconds) {}

  // Milliseconds left, for poll(2): never below 0, -1 for ever.
  int left() const {
    using std::chrono::duration_cast, std::chrono::milliseconds;
    if (milliseconds_ < 0) return -1;
    auto passed = duration_cast<milliseconds>(Clock::now() - start_).count();
    return passed >= milliseconds_ ? 0 : milliseconds_ - static_cast<int>(passed);
  }

 private:
  using Clock = std::chrono::steady_clock;
  int milliseconds_;
  Clock::time_point start_ = Clock::now();
};

}  // namespace cgroups
