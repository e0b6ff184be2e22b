#include "cgroups/control.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "cgroups/events.h"
#include "cgroups/kill.h"
#include "cgroups/systemd.h"
#include "cgroups/tree.h"

namespace cgroups {
namespace {

constexpr int kFreezeMilliseconds = 2000;
constexpr int kRemoveMilliseconds = 2000;

bool is_gone(const Error& error) {
  return error.err == ENOENT || error.err == ENODEV;
}

Result<> collect_pids(int directory, std::vector<pid_t>& out) {
  auto text = read_file_at(directory, "cgroup.procs");
  // EOPNOTSUPP: a threaded cgroup, whose processes its domain above lists.
  if (!text && (is_gone(text.error()) || text.error().err == EOPNOTSUPP)) return {};
  for (const std::string& line : split(trimmed(TRY(std::move(text))), '\n')) {
    // 0 is a process outside of our pid namespace: nothing that we can name.
    if (auto pid = parse_number<pid_t>(line); pid && *pid > 0) out.push_back(*pid);
  }
  return {};
}

Result<> set_frozen(const Hierarchy& hierarchy, const std::string& path, bool frozen) {
  Fd directory = TRY(open_directory(hierarchy, path));
  TRY(write_kernel_file_at(directory.get(), "cgroup.freeze", frozen ? "1" : "0"));
  if (TRY(wait_event(directory.get(), "frozen", frozen, kFreezeMilliseconds))) return {};
  if (frozen) (void)write_kernel_file_at(directory.get(), "cgroup.freeze", "0");
  return fail_errno(ETIMEDOUT, cat(frozen ? "freeze" : "thaw", " cgroup ", quoted(path)),
                    "a process may be in an uninterruptible sleep");
}

Result<> remove_directory(const Hierarchy& hierarchy, const std::string& path) {
  if (remove_empty(hierarchy, path)) return {};
  if (errno != EBUSY) return fail_errno(errno, cat("remove cgroup ", quoted(path)));
  // Either sub-cgroups, or processes that are still on their way out.
  if (!TRY(wait_empty(hierarchy, path, kRemoveMilliseconds)))
    return fail_errno(EBUSY, cat("remove cgroup ", quoted(path)), "processes live in it");
  auto directory = open_directory(hierarchy, path);
  if (directory) TRY_IN(cat("remove cgroup ", quoted(path)), remove_children(*directory));
  if (remove_empty(hierarchy, path)) return {};
  return fail_errno(errno, cat("remove cgroup ", quoted(path)));
}

}  // namespace

Result<Fd> open_directory(const Hierarchy& hierarchy, const std::string& path) {
  Fd fd(open((hierarchy.mount + path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(errno, cat("open cgroup ", quoted(path)));
  return fd;
}

Result<> attach(const Hierarchy& hierarchy, const std::string& path, pid_t pid) {
  Fd directory = TRY(open_directory(hierarchy, path));
  TRY_IN(cat("cgroup ", quoted(path)), write_kernel_file_at(directory.get(), "cgroup.procs", cat(pid)));
  return {};
}

Result<std::vector<pid_t>> read_pids(const Hierarchy& hierarchy, const std::string& path) {
  std::vector<pid_t> pids;
  auto directory = open_directory(hierarchy, path);
  if (!directory && is_gone(directory.error())) return pids;
  TRY(walk(TRY(std::move(directory)), [&](int at) { return collect_pids(at, pids); }));
  std::ranges::sort(pids);
  return pids;
}

Result<bool> is_populated(const Hierarchy& hierarchy, const std::string& path) {
  return !TRY(wait_empty(hierarchy, path, 0));
}

Result<bool> wait_empty(const Hierarchy& hierarchy, const std::string& path, int milliseconds) {
  auto directory = open_directory(hierarchy, path);
  if (!directory && is_gone(directory.error())) return true;
  auto empty = wait_event(TRY(std::move(directory)).get(), "populated", 0, milliseconds);
  if (!empty && is_gone(empty.error())) return true;
  return empty;
}

Result<> freeze(const Hierarchy& hierarchy, const std::string& path) {
  return set_frozen(hierarchy, path, true);
}

Result<> thaw(const Hierarchy& hierarchy, const std::string& path) {
  return set_frozen(hierarchy, path, false);
}

Result<bool> is_frozen(const Hierarchy& hierarchy, const std::string& path) {
  Fd directory = TRY(open_directory(hierarchy, path));
  return TRY(wait_event(directory.get(), "frozen", 1, 0));
}

bool remove_empty(const Hierarchy& hierarchy, const std::string& path) {
  return rmdir((hierarchy.mount + path).c_str()) == 0 || errno == ENOENT;
}

Result<> remove(const Hierarchy& hierarchy, const Location& location) {
  if (location.driver == Driver::disabled || location.path.empty()) return {};
  TRY(remove_directory(hierarchy, location.path));
  if (location.driver == Driver::systemd) return stop_scope(location);
  std::string parent = location.path;
  for (int i = 0; i < location.parents_made; ++i) {
    parent.resize(parent.rfind('/'));
    // Another container may live below it by now: then it is that one's. What is gone already was removed by a call
    // before this one, which was killed.
    if (parent.empty() || (rmdir((hierarchy.mount + parent).c_str()) < 0 && errno != ENOENT)) break;
  }
  return {};
}

}  // namespace cgroups
