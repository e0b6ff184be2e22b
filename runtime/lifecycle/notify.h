// Readiness as systemd knows it (sd_notify(3)): a container's program says it to a socket of ours, and we say it to the
// service manager of our caller.
#pragma once

#include <optional>
#include <string>

#include "base/pidfd.h"
#include "sandbox/container.h"

namespace lifecycle {

// What a container needs to have such a socket: the variable in its environment, and the mount that the socket is in.
// `directory` is the host's, with the socket "notify.sock" in it.
void add_notify_socket(sandbox::Process& process);
sandbox::Mount notify_mount(const std::string& directory);

// One message of the container's: the line "READY=…" of it, or nothing when it is about something else. An error when
// there is none to read.
Result<std::optional<std::string>> read_ready(int socket);

// Tells the manager at that address (a path, or "@name"): the line, and for a process that outlives us MAINPID= and,
// waiting until the manager has taken note, BARRIER=1. 0: no such process.
Result<> tell_manager(const std::string& manager, const std::string& line, pid_t main_pid);

// Waits until the container says that it is ready, and passes that on; or until it has ended.
Result<> forward_ready(int socket, const Pidfd& init, const std::string& manager);

}  // namespace lifecycle
