// What callers are told of a process that was made: its terminal's master, its pid, a descriptor of it.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/pidfd.h"

namespace lifecycle {

// Connects to the caller's console socket; or, when `console` is a descriptor, uses that.
Result<Fd> open_console(const std::string& socket_path, int console);

// Connects to the socket that wants a pidfd; not open for an empty path. Sends it there, in one message.
Result<Fd> open_pidfd_socket(const std::string& path);
Result<> send_pidfd(const Fd& socket, const Pidfd& process);

// Writes the pid as callers read it: decimal, no newline, all at once. Nothing for an empty path.
Result<> write_pid_file(const std::string& path, pid_t pid);

}  // namespace lifecycle
