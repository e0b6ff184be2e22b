#include "runtime/shim/stdio/flow.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"

namespace shim {
namespace {

// At most this much at an event, so that no process keeps the shim from the others.
constexpr size_t kSpliced = 256 << 10;
constexpr size_t kCopied = 16 << 10;
// The largest pipe that a process without CAP_SYS_RESOURCE can make of its own (pipe(7), pipe-max-size).
constexpr size_t kPipe = 1 << 20;

mode_t type_of(const Fd& fd) {
  struct stat info;
  return fstat(fd.get(), &info) < 0 ? 0 : info.st_mode & S_IFMT;
}

}  // namespace

Result<> Flow::start() {
  const mode_t sink = type_of(to);
  is_spliced_ = type_of(from) == S_IFIFO && sink == S_IFIFO;
  is_file_ = sink == S_IFREG || (sink == S_IFCHR && isatty(to.get()) == 0);
  return await(from, EPOLLIN, watches_from_);
}

// One event for each time that it is asked for. EPOLLHUP cannot be left out otherwise, and a pipe that its writers have
// left would report it without end while it is the other side that we wait for.
Result<> Flow::await(const Fd& fd, uint32_t event, bool& is_watched) {
  if (is_watched) return loop_.change(fd.get(), event | EPOLLONESHOT);
  TRY(loop_.watch(fd.get(), event | EPOLLONESHOT, [this](uint32_t) { act(step()); }));
  is_watched = true;
  return {};
}

void Flow::act(Step outcome) {
  if (!is_open()) return;
  Result<> awaited;
  if (outcome == Step::moved || outcome == Step::source_is_empty) awaited = await(from, EPOLLIN, watches_from_);
  if (outcome == Step::sink_is_full) awaited = await(to, EPOLLOUT, watches_to_);
  if (awaited && outcome != Step::ended) return;
  forget();
  from.reset();
  ended_();
}

Flow::Step Flow::step() {
  if (!is_open()) return Step::ended;
  return is_spliced_ ? splice_pipes() : copy();
}

Flow::Step Flow::splice_pipes() {
  const ssize_t moved = splice(from.get(), nullptr, to.get(), nullptr, kSpliced, SPLICE_F_NONBLOCK);
  if (moved > 0 || (moved < 0 && errno == EINTR)) return Step::moved;
  if (moved == 0) return Step::ended;
  if (errno != EAGAIN) return Step::ended;  // EPIPE: nobody reads any more
  // Which of the two is it? Where there is something to read, the other is full.
  pollfd source{.fd = from.get(), .events = POLLIN};
  if (poll(&source, 1, 0) < 0 || source.revents == 0) return Step::source_is_empty;
  return (source.revents & POLLIN) != 0 ? Step::sink_is_full : Step::ended;
}

Flow::Step Flow::copy() {
  if (!rest_.empty()) return write_rest();
  char bytes[kCopied];
  const ssize_t n = read(from.get(), bytes, sizeof bytes);
  if (n < 0 && errno == EINTR) return Step::moved;
  if (n < 0 && errno == EAGAIN) return Step::source_is_empty;
  if (n <= 0) return Step::ended;  // EIO: the terminal has hung up
  const std::string_view fresh(bytes, static_cast<size_t>(n));
  if (is_file_) {
    // A file that takes nothing more (ENOSPC, EDQUOT, EFBIG) costs what is written meanwhile, not the process.
    (void)write_all(to.get(), fresh);
    return Step::moved;
  }
  const ssize_t taken = write(to.get(), bytes, fresh.size());
  if (taken == n) return Step::moved;
  if (taken < 0 && errno != EAGAIN && errno != EINTR) return Step::ended;
  rest_ = fresh.substr(static_cast<size_t>(std::max<ssize_t>(taken, 0)));
  return Step::sink_is_full;
}

Flow::Step Flow::write_rest() {
  const ssize_t taken = write(to.get(), rest_.data(), rest_.size());
  if (taken < 0) return errno == EAGAIN || errno == EINTR ? Step::sink_is_full : Step::ended;
  rest_.erase(0, static_cast<size_t>(taken));
  if (!rest_.empty()) return Step::sink_is_full;
  std::string().swap(rest_);
  return Step::moved;
}

void Flow::drain() {
  Step outcome = Step::moved;
  for (size_t steps = 0; steps < kPipe / kCopied && outcome == Step::moved && is_open(); steps++) outcome = step();
}

void Flow::forget() {
  if (watches_from_) loop_.forget(from.get());
  if (watches_to_) loop_.forget(to.get());
  watches_from_ = watches_to_ = false;
  std::string().swap(rest_);
}

Fd Flow::stop() {
  forget();
  from.reset();
  return std::move(to);
}

}  // namespace shim
