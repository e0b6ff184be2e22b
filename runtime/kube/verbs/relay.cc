#include "runtime/kube/verbs/relay.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/descriptor.h"

namespace kube {
namespace {

constexpr size_t kMostPending = 64 << 10;

// One direction.
struct Lane {
  int from, to;
  std::string pending = {};
  bool has_ended = false, is_shut = false;

  bool wants_input() const { return !has_ended && pending.size() < kMostPending; }
};

void read_some(Lane& lane) {
  char bytes[16 << 10];
  const ssize_t got = read(lane.from, bytes, sizeof bytes);
  if (got > 0) lane.pending.append(bytes, static_cast<size_t>(got));
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) lane.has_ended = true;
}

// False: nobody reads there any more.
bool write_some(Lane& lane) {
  const ssize_t sent = send(lane.to, lane.pending.data(), lane.pending.size(), MSG_NOSIGNAL);
  if (sent > 0) lane.pending.erase(0, static_cast<size_t>(sent));
  return sent >= 0 || errno == EAGAIN || errno == EINTR;
}

}  // namespace

void relay(int left, int right) {
  Lane lanes[] = {{left, right}, {right, left}};
  for (const int fd : {left, right}) (void)make_nonblocking(fd);
  while (!lanes[0].is_shut || !lanes[1].is_shut) {
    // A descriptor that nothing is wanted of is left out (-1): poll would report a hang-up of it without end.
    pollfd fds[4];
    for (size_t i = 0; i < 2; i++) {
      fds[2 * i] = {lanes[i].wants_input() ? lanes[i].from : -1, POLLIN, 0};
      fds[2 * i + 1] = {lanes[i].pending.empty() ? -1 : lanes[i].to, POLLOUT, 0};
    }
    if (poll(fds, 4, -1) < 0 && errno != EINTR) return;
    for (size_t i = 0; i < 2; i++) {
      Lane& lane = lanes[i];
      if (fds[2 * i].revents != 0) read_some(lane);
      if (fds[2 * i + 1].revents != 0 && !write_some(lane)) return;
      if (!lane.has_ended || !lane.pending.empty() || lane.is_shut) continue;
      shutdown(lane.to, SHUT_WR);
      lane.is_shut = true;
    }
  }
}

}  // namespace kube
