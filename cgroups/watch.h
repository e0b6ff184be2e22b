// Hears when processes of a cgroup are killed for want of memory, and when the last one has gone.
#pragma once

#include <cstdint>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"
#include "cgroups/hierarchy.h"

namespace cgroups {

class Watch {
 public:
  // Counts from now on. Opening and reading arm the notification: what happens afterwards is not missed.
  static Result<Watch> open(const Hierarchy& hierarchy, const std::string& path);

  // For an event loop: both become ready as POLLPRI (EPOLLPRI) when the kernel has something new; then read() tells
  // what, and arms them again. Without the memory controller the first is -1.
  int memory_descriptor() const { return memory_.get(); }
  int population_descriptor() const { return population_.get(); }

  struct News {
    uint64_t oom_kills = 0;  // since the last time, in the cgroup and below it
    bool is_empty = false;   // no process is left, or the cgroup has gone
  };
  Result<News> read();

  // Sleeps until there may be news, at most `milliseconds` (-1: for ever), and gives them.
  Result<News> wait(int milliseconds);

 private:
  Fd memory_, population_;  // memory.events, cgroup.events
  uint64_t oom_kills_ = 0;
};

}  // namespace cgroups
