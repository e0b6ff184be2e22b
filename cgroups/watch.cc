#include "cgroups/watch.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "base/text.h"
#include "cgroups/control.h"
#include "cgroups/events.h"

namespace cgroups {
namespace {

// The text from the start of the file; empty when the cgroup has gone (ENODEV).
Result<std::string> read_again(int fd) {
  char text[512];
  ssize_t n = pread(fd, text, sizeof text, 0);
  if (n < 0 && errno != ENODEV) return fail_errno(errno, "read the cgroup's events");
  return std::string(text, n < 0 ? 0 : static_cast<size_t>(n));
}

}  // namespace

Result<Watch> Watch::open(const Hierarchy& hierarchy, const std::string& path) {
  Watch watch;
  Fd directory = TRY(open_directory(hierarchy, path));
  watch.population_.reset(openat(directory.get(), "cgroup.events", O_RDONLY | O_CLOEXEC));
  if (!watch.population_.is_open()) return fail_errno(errno, cat("open the events of cgroup ", quoted(path)));
  watch.memory_.reset(openat(directory.get(), "memory.events", O_RDONLY | O_CLOEXEC));
  TRY(watch.read());
  return watch;
}

Result<Watch::News> Watch::read() {
  News news;
  // The kernel counts the kill before the process is gone: read in this order, one that ends the container is not lost.
  std::string population = TRY(read_again(population_.get()));
  news.is_empty = read_key(population, "populated") == 0;
  if (!memory_.is_open()) return news;
  uint64_t now = read_key(TRY(read_again(memory_.get())), "oom_kill");
  if (now > oom_kills_) {
    news.oom_kills = now - oom_kills_;
    oom_kills_ = now;
  }
  return news;
}

Result<Watch::News> Watch::wait(int milliseconds) {
  pollfd watched[2] = {{population_.get(), POLLPRI, 0}, {memory_.get(), POLLPRI, 0}};
  if (poll(watched, 2, milliseconds) < 0 && errno != EINTR) return fail_errno(errno, "wait for the cgroup's events");
  return read();
}

}  // namespace cgroups
