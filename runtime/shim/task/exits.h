// How processes ended: as the kernel tells it, and as callers are told.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>

#include "runtime/shim/wire/common.h"
#include "runtime/shim/wire/events.h"

namespace shim {

struct Exit {
  uint32_t status = 0;  // the exit code, or 128 + the signal
  int64_t at = 0;       // nanoseconds since 1970
  wire::ExitReason reason = wire::ExitReason::none;
};

// From a status of waitpid(2), at this moment.
Exit exit_now(int wait_status);

// An end by SIGKILL, or that of a shell whose command ended so, is laid to a want of memory when the kernel has killed
// for that in the container. `kills` are those that no end has been laid to yet; one is taken off them then.
void lay_to_memory(Exit& exit, uint64_t& kills);

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
