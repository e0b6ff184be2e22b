#include "runtime/shim/stdio/unread.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/inotify.h"
#include "base/text.h"

namespace shim {
namespace {

int state_of(const Fd& fd) {
  pollfd state{.fd = fd.get(), .events = POLLIN};
  return poll(&state, 1, 0) < 0 ? 0 : int{state.revents};
}

// An end that only writes sees whether anybody reads: POLLERR (pipe(7)).
bool has_reader(const Fd& writer) {
  return (state_of(writer) & POLLERR) == 0;
}

}  // namespace

void Unread::keep(Fd fifo) {
  struct stat info;
  if (fstat(fifo.get(), &info) < 0 || !S_ISFIFO(info.st_mode) || (state_of(fifo) & POLLIN) == 0) return;
  // The same open fifo once more, whatever has become of its path.
  writer_.reset(open(cat("/proc/self/fd/", fifo.get()).c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC));
  fifo.reset();
  if (!writer_.is_open() || has_reader(writer_)) return let_go();
  Result<Fd> opens = open_inotify();
  if (!opens) return let_go();
  opens_ = *std::move(opens);
  const std::string path = cat("/proc/self/fd/", writer_.get());
  if (inotify_add_watch(opens_.get(), path.c_str(), IN_OPEN) < 0) return let_go();
  if (has_reader(writer_) || !loop_.watch(opens_.get(), [this] { look(); })) let_go();
}

void Unread::look() {
  drain_inotify(opens_.get());
  if (has_reader(writer_)) let_go();
}

void Unread::let_go() {
  loop_.forget(opens_.get());
  opens_.reset();
  writer_.reset();
}

}  // namespace shim
