#include "cgroups/kill.h"

#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/pidfd.h"
#include "base/text.h"
#include "cgroups/control.h"

namespace cgroups {
namespace {

constexpr int kRounds = 32;
constexpr int kRoundMilliseconds = 20;

}  // namespace

Result<> signal_each(const Hierarchy& hierarchy, const std::string& path, int signal) {
  std::vector<Pidfd> held;
  for (pid_t pid : TRY(read_pids(hierarchy, path))) {
    if (auto process = open_pidfd(pid)) held.push_back(*std::move(process));
  }
  std::vector<pid_t> still = TRY(read_pids(hierarchy, path));
  for (const Pidfd& process : held) {
    if (!std::ranges::binary_search(still, process.pid)) continue;
    auto sent = ::send_signal(process, signal);
    if (!sent && sent.error().err != ESRCH) return sent;
  }
  return {};
}

Result<> kill_by_freezing(const Hierarchy& hierarchy, const std::string& path) {
  for (int round = 0; round < kRounds; ++round) {
    if (TRY(read_pids(hierarchy, path)).empty()) return {};
    // A cgroup that cannot be frozen is killed all the same, and once more for those that forked away.
    (void)freeze(hierarchy, path);
    auto sent = signal_each(hierarchy, path, SIGKILL);
    (void)thaw(hierarchy, path);
    TRY(std::move(sent));
    if (TRY(wait_empty(hierarchy, path, kRoundMilliseconds))) return {};
  }
  return {};
}

Result<> kill(const Hierarchy& hierarchy, const std::string& path) {
  auto directory = open_directory(hierarchy, path);
  if (!directory && directory.error().err == ENOENT) return {};
  auto killed = write_kernel_file_at(TRY(std::move(directory)).get(), "cgroup.kill", "1");
  if (killed || killed.error().err == ENODEV) return {};
  if (killed.error().err == ENOENT) return kill_by_freezing(hierarchy, path);
  return std::unexpected(within(cat("kill cgroup ", quoted(path)), std::move(killed).error()));
}

Result<> send_signal(const Hierarchy& hierarchy, const std::string& path, int signal) {
  return signal_each(hierarchy, path, signal);
}

}  // namespace cgroups
