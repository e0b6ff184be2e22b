// A process that cannot be mistaken for another: its pid together with a descriptor of it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/descriptor.h"

struct Pidfd {
  pid_t pid = -1;
  Fd fd;
};

// Opens the process; ESRCH when there is none.
Result<Pidfd> open_pidfd(pid_t pid);

// The same of a child that we have just started. One that cannot be opened is killed and reaped: nobody else would.
Result<Pidfd> open_child(pid_t pid);

// Kills a child of ours and reaps it. Nothing when it is not open; it is not open afterwards.
void end_child(Pidfd& child);

// Sends the signal to just that process. ESRCH when it has ended and was reaped.
Result<> send_signal(const Pidfd& process, int signal);

// True while the process runs; false for a zombie too.
bool is_running(const Pidfd& process);

// Waits for a child of ours. Gives the exit code, or 128 + the signal that killed it.
Result<int> wait_exit(const Pidfd& child);

// Waits until the process (a child or not) has ended, at most `milliseconds` (-1: for ever). False on time-out.
bool wait_end(const Pidfd& process, int milliseconds);

// Start time of a process in clock ticks since boot (proc(5), stat field 22): pid and start time together name a
// process for good, even on disk. Empty when there is no such process or it is a zombie.
std::optional<uint64_t> read_start_time(pid_t pid);

// False for a process that was cloned and has executed no program since: it still runs its parent's. Also when there is
// no such process.
bool has_executed(pid_t pid);
