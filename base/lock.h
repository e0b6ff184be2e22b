// Locks by flock(2): held until the descriptor goes.
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/result.h"

// Locks the open file or directory. Without `wait`, EWOULDBLOCK when somebody else holds it.
Result<> lock_descriptor(int fd, const std::string& path, bool wait = true);

// Opens the file, which is made where it is missing (0600) and must be no symlink, and locks it.
Result<Fd> lock_file(const std::string& path, bool wait = true);
