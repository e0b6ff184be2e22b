// The supervisor's event loop: descriptors and timers, one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>

#include "base/descriptor.h"
#include "base/result.h"

namespace kube {

// Milliseconds of CLOCK_MONOTONIC.
int64_t monotonic_ms();

class Loop {
 public:
  using Handler = std::function<void()>;
  using TimerId = uint64_t;

  static Result<Loop> create();

  // Calls the handler whenever the descriptor can be read (or its other end is closed), until forget(). The descriptor
  // stays the caller's and must be forgotten before it is closed.
  Result<> watch(int fd, Handler handler);
  void forget(int fd);

  // Calls the handler once, after so many milliseconds. cancel() of a timer that has gone off does nothing.
  TimerId after(int64_t milliseconds, Handler handler);
  void cancel(TimerId timer);

  // Waits for something to happen and calls the handlers of all that has. `after_each` is for the caller's own loop:
  //   while (!done) { TRY(loop.turn()); save(); }
  Result<> turn();

 private:
  explicit Loop(Fd epoll) : epoll_(std::move(epoll)) {}
  int next_timeout() const;
  void run_due_timers();

  struct Timer {
    TimerId id;
    Handler handler;
  };
  Fd epoll_;
  std::map<int, Handler> handlers_;
  std::multimap<int64_t, Timer> timers_;  // by the time they are due
  TimerId last_timer_ = 0;
};

}  // namespace kube
