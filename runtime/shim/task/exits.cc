#include "runtime/shim/task/exits.h"

#include <sys/wait.h>
#include <time.h>

namespace shim {

constexpr int64_t kSecond = 1'000'000'000;

Exit exit_now(int wait_status) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const int status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
  return {static_cast<uint32_t>(status), int64_t{now.tv_sec} * kSecond + now.tv_nsec};
}

std::optional<wire::Timestamp> timestamp(int64_t nanoseconds) {
  if (nanoseconds == 0) return std::nullopt;
  return wire::Timestamp{nanoseconds / kSecond, static_cast<int32_t>(nanoseconds % kSecond)};
}

std::optional<Exit> EarlyExits::take(pid_t pid) {
  const auto found = exits_.extract(pid);
  if (found.empty()) return std::nullopt;
  return found.mapped();
}

}  // namespace shim
