#include "base/loop.h"

#include <time.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"

int64_t monotonic_ms() {
  timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return int64_t{at.tv_sec} * 1000 + at.tv_nsec / 1'000'000;
}

Result<Loop> Loop::create() {
  Fd epoll(epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.is_open()) return fail_errno(errno, "epoll_create1");
  return Loop(std::move(epoll));
}

Result<> Loop::watch(int fd, Handler handler) {
  return watch(fd, EPOLLIN, [handler = std::move(handler)](uint32_t) { handler(); });
}

Result<> Loop::watch(int fd, uint32_t events, EventHandler handler) {
  TRY(tell_epoll(EPOLL_CTL_ADD, fd, ++last_watch_, events));
  watches_[fd] = {last_watch_, std::move(handler)};
  return {};
}

Result<> Loop::change(int fd, uint32_t events) {
  const auto found = watches_.find(fd);
  return tell_epoll(EPOLL_CTL_MOD, fd, found == watches_.end() ? 0 : found->second.id, events);
}

Result<> Loop::tell_epoll(int operation, int fd, uint32_t id, uint32_t events) {
  epoll_event event{.events = events, .data = {.u64 = uint64_t{id} << 32 | static_cast<uint32_t>(fd)}};
  if (epoll_ctl(epoll_.get(), operation, fd, &event) < 0) return fail_errno(errno, cat("watch descriptor ", fd));
  return {};
}

void Loop::forget(int fd) {
  if (watches_.erase(fd) > 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

Loop::TimerId Loop::after(int64_t milliseconds, Handler handler) {
  timers_.emplace(monotonic_ms() + milliseconds, Timer{++last_timer_, std::move(handler)});
  return last_timer_;
}

void Loop::cancel(TimerId timer) {
  std::erase_if(timers_, [&](const auto& entry) { return entry.second.id == timer; });
}

int Loop::next_timeout() const {
  if (timers_.empty()) return -1;
  const int64_t wait = timers_.begin()->first - monotonic_ms();
  return static_cast<int>(std::clamp<int64_t>(wait, 0, INT32_MAX));
}

void Loop::run_due_timers() {
  while (!timers_.empty() && timers_.begin()->first <= monotonic_ms()) {
    // Taken out first: the handler may set and cancel timers.
    Handler handler = std::move(timers_.extract(timers_.begin()).mapped().handler);
    handler();
  }
}

Result<> Loop::turn() {
  epoll_event events[16];
  const int count = epoll_wait(epoll_.get(), events, std::size(events), next_timeout());
  if (count < 0 && errno != EINTR) return fail_errno(errno, "epoll_wait");
  for (int i = 0; i < count; i++) {
    // An earlier handler of this round may have forgotten it, and given its number to another one.
    const uint64_t whose = events[i].data.u64;
    const auto found = watches_.find(static_cast<int>(static_cast<uint32_t>(whose)));
    if (found == watches_.end() || found->second.id != whose >> 32) continue;
    const EventHandler handler = found->second.handler;
    handler(events[i].events);
  }
  run_due_timers();
  return {};
}
