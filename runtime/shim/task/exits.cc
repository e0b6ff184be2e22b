#include "runtime/shim/task/exits.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

namespace shim {

constexpr int64_t kSecond = 1'000'000'000;

Exit exit_now(int wait_status) {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  const int status = WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
  const auto reason = WIFSIGNALED(wait_status) ? wire::ExitReason::signaled : wire::ExitReason::none;
  return {static_cast<uint32_t>(status), int64_t{now.tv_sec} * kSecond + now.tv_nsec, reason};
}

void lay_to_memory(Exit& exit, uint64_t& kills) {
  if (exit.status != 128 + SIGKILL || kills == 0) return;
  exit.reason = wire::ExitReason::oom_killed;
  kills--;
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
