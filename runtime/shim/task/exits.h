// How processes ended: as the kernel tells it, and as callers are told.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>

#include "runtime/shim/wire/common.h"

namespace shim {

struct Exit {
  uint32_t status = 0;  // the exit code, or 128 + the signal
  int64_t at = 0;       // nanoseconds since 1970
};

// From a status of waitpid(2), at this moment.
Exit exit_now(int wait_status);

// Empty for 0: not yet.
std::optional<wire::Timestamp> timestamp(int64_t nanoseconds);

// The ends of processes that nobody has claimed. A container's init may be dead before the worker that made it has
// told its pid: so an end is kept for as long as any worker runs.
class EarlyExits {
 public:
  void keep(pid_t pid, Exit exit) { exits_[pid] = exit; }
  // The end of this process, which is then forgotten.
  std::optional<Exit> take(pid_t pid);
  void clear() { exits_.clear(); }
  bool is_empty() const { return exits_.empty(); }

 private:
  std::map<pid_t, Exit> exits_;
};

}  // namespace shim
