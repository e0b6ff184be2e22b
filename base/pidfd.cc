#include "base/pidfd.h"

#include <poll.h>
#include <sys/wait.h>

extern "C" {  // glibc before 2.37 forgot to declare these as C functions
}

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <vector>

#include "base/file.h"
#include "base/syscall.h"
#include "base/text.h"

Result<Pidfd> open_pidfd(pid_t pid) {
  Fd fd(pidfd_open(pid, 0));  // close-on-exec by definition, see pidfd_open(2)
  if (!fd.is_open()) return fail_errno(errno, cat("open process ", pid));
  return Pidfd{pid, std::move(fd)};
}

Result<Pidfd> open_child(pid_t pid) {
  Result<Pidfd> child = open_pidfd(pid);
  if (child) return child;
  kill(pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
  return child;
}

void end_child(Pidfd& child) {
  if (!child.fd.is_open()) return;
  (void)send_signal(child, SIGKILL);
  (void)wait_exit(child);
  child = {};
}

Result<> send_signal(const Pidfd& process, int signal) {
  if (pidfd_send_signal(process.fd.get(), signal) < 0)
    return fail_errno(errno, cat("send signal ", signal, " to process ", process.pid));
  return {};
}

bool is_running(const Pidfd& process) {
  return !wait_end(process, 0);
}

bool wait_end(const Pidfd& process, int milliseconds) {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t end = now.tv_sec * 1000 + now.tv_nsec / 1000000 + milliseconds;
  for (;;) {
    pollfd poll_fd{process.fd.get(), POLLIN, 0};
    int n = poll(&poll_fd, 1, milliseconds);
    if (n > 0) return true;
    if (n == 0 || errno != EINTR) return false;
    if (milliseconds < 0) continue;
    clock_gettime(CLOCK_MONOTONIC, &now);
    milliseconds = static_cast<int>(std::max<int64_t>(0, end - (now.tv_sec * 1000 + now.tv_nsec / 1000000)));
  }
}

Result<int> wait_exit(const Pidfd& child) {
  siginfo_t info{};
  while (waitid(P_PIDFD, static_cast<id_t>(child.fd.get()), &info, WEXITED) < 0) {
    if (errno != EINTR) return fail_errno(errno, cat("wait for process ", child.pid));
  }
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

namespace {

constexpr size_t kState = 0, kFlags = 6, kStartTime = 19;  // fields of /proc/PID/stat, counted from field 3, the state

// Up to the start time at least; none when there is no such process, or it is a zombie.
std::vector<std::string> read_stat_fields(pid_t pid) {
  auto stat = read_file(cat("/proc/", pid, "/stat"));
  if (!stat) return {};
  // The command name may hold spaces and parentheses; the fields that count start after its last ')'.
  size_t close = stat->rfind(')');
  if (close == std::string::npos || close + 2 >= stat->size()) return {};
  auto fields = split(std::string_view(*stat).substr(close + 2), ' ');
  if (fields.size() <= kStartTime || fields[kState] == "Z" || fields[kState] == "X") return {};
  return fields;
}

}  // namespace

std::optional<uint64_t> read_start_time(pid_t pid) {
  auto fields = read_stat_fields(pid);
  return fields.empty() ? std::nullopt : parse_number<uint64_t>(fields[kStartTime]);
}

bool has_executed(pid_t pid) {
  constexpr uint64_t kForkedNoExec = 0x40;  // PF_FORKNOEXEC of include/linux/sched.h, the same since 2.6
  auto fields = read_stat_fields(pid);
  return !fields.empty() && (parse_number<uint64_t>(fields[kFlags]).value_or(0) & kForkedNoExec) == 0;
}
