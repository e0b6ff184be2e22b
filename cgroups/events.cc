#include "cgroups/events.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "cgroups/deadline.h"

namespace cgroups {
uint64_t read_key(std::string_view text, std::string_view key) {
  for (const std::string& line : split(text, '\n')) {
    std::string_view rest = line;
    if (!rest.starts_with(key) || rest.size() <= key.size() || rest[key.size()] != ' ') continue;
    return parse_number<uint64_t>(rest.substr(key.size() + 1)).value_or(0);
  }
  return 0;
}

Result<bool> wait_event(int directory, std::string_view key, uint64_t value, int milliseconds) {
  Fd file(openat(directory, "cgroup.events", O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail_errno(errno, "open 'cgroup.events'");
  Deadline deadline(milliseconds);
  for (;;) {
    // Reading arms the notification: what changes after it wakes the poll.
    char text[256];
    ssize_t n = pread(file.get(), text, sizeof text, 0);
    if (n < 0 && errno == ENODEV) return key == "populated" && value == 0;  // removed meanwhile
    if (n < 0) return fail_errno(errno, "read 'cgroup.events'");
    if (read_key(std::string_view(text, static_cast<size_t>(n)), key) == value) return true;
    int timeout = deadline.left();
    if (timeout == 0) return false;
    pollfd watched{file.get(), POLLPRI, 0};
    if (poll(&watched, 1, timeout) < 0 && errno != EINTR) return fail_errno(errno, "wait for 'cgroup.events'");
  }
}

}  // namespace cgroups
