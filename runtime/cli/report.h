// What goes to the log and to stderr. Engines parse the log: podman takes the whole file for one JSON object,
// containerd looks for the last one with level "error".
#pragma once

#include <string>

#include "base/result.h"

namespace cli {

enum class LogFormat { kText, kJson };

// From now on messages go to the file (appended), as lines like
//   time="2026-11-22T21:22:27.161000000Z" level=error msg="container does not exist: 'web'"
//   {"level":"error","msg":"container does not exist: 'web'","time":"2026-11-22T21:22:27.161000000Z"}
// Without a file ("") they stay on stderr.
Result<> open_log(const std::string& path, LogFormat format);

// The error that ends the program: on stderr, and in the log.
void report_error(const Error& error);

// Writes warnings that were held back to the log. They are held back because after an error the log must have but one
// object, and are dropped then.
void end_log_well();

}  // namespace cli
