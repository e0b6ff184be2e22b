// Where a terminal's master goes.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/descriptor.h"

namespace lifecycle {

// Connects to the caller's console socket; or, when `console` is a descriptor, uses that.
Result<Fd> open_console(const std::string& socket_path, int console);

// Writes the pid as callers read it: decimal, no newline, all at once. Nothing for an empty path.
Result<> write_pid_file(const std::string& path, pid_t pid);

}  // namespace lifecycle
