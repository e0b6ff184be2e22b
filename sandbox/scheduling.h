// How a process is scheduled and where its memory lies: plain data, named as in the OCI runtime-spec, and what the
// kernel is told from outside while the process waits for its exec.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "base/result.h"
#include "cgroups/id_list.h"

namespace sandbox {

// sched_setattr(2). Times are nanoseconds.
struct Scheduler {
  uint32_t policy = 0;                             // SCHED_…
  int32_t nice = 0;                                // SCHED_OTHER and SCHED_BATCH: -20 to 19
  uint32_t priority = 0;                           // SCHED_FIFO and SCHED_RR: 1 to 99
  uint64_t flags = 0;                              // SCHED_FLAG_…
  uint64_t runtime = 0, deadline = 0, period = 0;  // SCHED_DEADLINE
};

// ioprio_set(2). Not from <linux/ioprio.h>, which since Linux 6.6 is no C++.
constexpr int kIoRealtime = 1, kIoBestEffort = 2, kIoIdle = 3;  // IOPRIO_CLASS_RT, _BE, _IDLE
struct IoPriority {
  int scheduling_class = 0;  // one of them
  int priority = 0;          // 0 (first) to 7
};

// CPUs of an exec'd process: before it enters the container's cgroup, and from then on. Empty: left to the kernel.
struct CpuAffinity {
  cgroups::IdMask initial, final;
};

// set_mempolicy(2).
struct MemoryPolicy {
  int mode = 0;  // MPOL_…, with the MPOL_F_… flags
  cgroups::IdMask nodes;
};

// Sets scheduling policy, I/O priority and CPUs of a process that is ours and waits. Nothing is asked of the kernel
// for what is not given. By the parent, because realtime policies need CAP_SYS_NICE of the host, which a process in a
// user namespace of its own has not. Errors name the field and say what the kernel minds.
Result<> schedule(pid_t pid, const std::optional<Scheduler>& scheduler, const std::optional<IoPriority>& io_priority,
                  const cgroups::IdMask& cpus);

// The calling thread runs on these CPUs until the object goes: what it clones meanwhile begins there.
class BorrowedAffinity {
 public:
  // Empty: changes nothing. EINVAL when none of the CPUs can be used.
  static Result<BorrowedAffinity> begin(const cgroups::IdMask& cpus);
  BorrowedAffinity(BorrowedAffinity&& other) noexcept : before_(std::exchange(other.before_, {})) {}
  BorrowedAffinity& operator=(BorrowedAffinity&&) = delete;
  ~BorrowedAffinity();

 private:
  BorrowedAffinity() = default;
  cgroups::IdMask before_;
};

}  // namespace sandbox
