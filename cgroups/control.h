// What is done to a cgroup that exists, known only by its path from the state on disk.
//
// `path` is below the hierarchy's mount and starts with '/'. Unless said otherwise a cgroup that has gone is ENOENT.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/descriptor.h"
#include "base/result.h"
#include "cgroups/hierarchy.h"
#include "cgroups/plan.h"

namespace cgroups {

// The directory, for CLONE_INTO_CGROUP (exec) and inotify. clone3 gives EBUSY when the container has made sub-cgroups
// with controllers: then read_path_of() its init and go there.
Result<Fd> open_directory(const Hierarchy& hierarchy, const std::string& path);

// Moves the process (all its threads) in. Slow against CLONE_INTO_CGROUP: it takes the kernel's threadgroup lock.
Result<> attach(const Hierarchy& hierarchy, const std::string& path, pid_t pid);

// Every process in the cgroup and below it, ascending. None when the cgroup has gone.
Result<std::vector<pid_t>> read_pids(const Hierarchy& hierarchy, const std::string& path);

// True while a process lives in it or below. False when the cgroup has gone.
Result<bool> is_populated(const Hierarchy& hierarchy, const std::string& path);

// Waits until no process lives in it, at most `milliseconds` (-1: for ever). False on time-out.
Result<bool> wait_empty(const Hierarchy& hierarchy, const std::string& path, int milliseconds);

// Sends SIGKILL to every process in it and below, also to those being forked: by cgroup.kill (Linux 5.14), else frozen
// first. Does not wait for their end. A cgroup that has gone is no error.
Result<> kill(const Hierarchy& hierarchy, const std::string& path);

// Sends any signal to every process in it and below, one by one through pidfds.
Result<> send_signal(const Hierarchy& hierarchy, const std::string& path, int signal);

// Freezes or thaws, and waits for the kernel to say that it is so, at most two seconds (ETIMEDOUT; freeze is then
// taken back).
Result<> freeze(const Hierarchy& hierarchy, const std::string& path);
Result<> thaw(const Hierarchy& hierarchy, const std::string& path);
Result<bool> is_frozen(const Hierarchy& hierarchy, const std::string& path);

// Removes the cgroup with the sub-cgroups that the container made, and stops the systemd scope. Waits up to two seconds
// for dying processes; EBUSY when some live on (it does not kill). One that has gone is no error. The parents stay.
Result<> remove(const Hierarchy& hierarchy, const Location& location);

// Removes the directory alone, if no process and no sub-cgroup is in it. True when it is not there any more.
bool remove_empty(const Hierarchy& hierarchy, const std::string& path);

// Changes the limits of a running container: hands the controllers down that are missing, then as Cgroup::apply; a
// systemd scope gets the same values as properties. What the plan does not name stays as it is: of cpu.max, the half
// that is not given. All or nothing: when a write is refused, files and properties are what they were before. A limit
// of memory below the usage has the kernel reclaim first. With plan.refuse_usage_above, what stays above the limit is
// an error ("linux.resources.memory.limit: 1048576 is below the usage of 2097152 bytes, …") and no process is killed.
Result<> update(const Hierarchy& hierarchy, const Location& location, const Plan& plan);

// Counters of memory.events, the cgroup and those below it together. Zero where the memory controller is not there.
struct MemoryEvents {
  uint64_t low = 0, high = 0, max = 0, oom = 0, oom_kill = 0, oom_group_kill = 0;
};
Result<MemoryEvents> read_memory_events(const Hierarchy& hierarchy, const std::string& path);

// A few numbers for status displays. Empty where the controller is not there.
struct Stat {
  uint64_t cpu_usage_usec = 0;
  std::optional<uint64_t> memory_current, memory_peak, pids_current;
};
Result<Stat> read_stat(const Hierarchy& hierarchy, const std::string& path);

// The limits as the kernel has them. An empty optional is "max" or no such controller.
struct Limits {
  std::optional<uint64_t> memory_max, memory_swap_max, memory_low, pids_max, cpu_weight;
  std::optional<uint64_t> cpu_quota;  // microseconds a period
  uint64_t cpu_period = 100000;
};
Result<Limits> read_limits(const Hierarchy& hierarchy, const std::string& path);

// A file of the cgroup as it is, without the last newline ("memory.max").
Result<std::string> read_value(const Hierarchy& hierarchy, const std::string& path, const std::string& file);

}  // namespace cgroups
