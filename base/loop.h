// An event loop: descriptors and timers, one thread. For processes that live long and are to stay small.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <map>

#include "base/descriptor.h"
#include "base/result.h"

// Milliseconds of CLOCK_MONOTONIC.
int64_t monotonic_ms();

class Loop {
 public:
  using Handler = std::function<void()>;
  // Gets what epoll_wait(2) said: EPOLLIN, EPOLLOUT, EPOLLPRI, EPOLLHUP, EPOLLERR.
  using EventHandler = std::function<void(uint32_t events)>;
  using TimerId = uint64_t;

  static Result<Loop> create();

  // Calls the handler whenever the descriptor can be read (or its other end is closed), until forget(). The descriptor
  // stays the caller's and must be forgotten before it is closed.
  Result<> watch(int fd, Handler handler);
  // The same for the events that are asked for, EPOLLHUP and EPOLLERR always among them. EPERM for regular files, which
  // are ready at all times.
  Result<> watch(int fd, uint32_t events, EventHandler handler);
  // Asks for other events of a descriptor that is watched.
  Result<> change(int fd, uint32_t events);
  void forget(int fd);

  // Calls the handler once, after so many milliseconds. cancel() of a timer that has gone off does nothing.
  TimerId after(int64_t milliseconds, Handler handler);
  void cancel(TimerId timer);

  // Waits for something to happen and calls the handlers of all that has. The loop itself is the caller's:
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
  // The number of a descriptor that is closed is soon that of another one: the id tells whose an event is.
  struct Watch {
    uint32_t id;
    EventHandler handler;
  };
  Result<> tell_epoll(int operation, int fd, uint32_t id, uint32_t events);

  Fd epoll_;
  std::map<int, Watch> watches_;
  uint32_t last_watch_ = 0;
  std::multimap<int64_t, Timer> timers_;  // by the time they are due
  TimerId last_timer_ = 0;
};
