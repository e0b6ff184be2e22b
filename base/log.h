// Debug messages of library code. Errors are returned, not logged; only runtime/ prints them, once.
#pragma once

#include <string_view>

// Where messages go: stderr unless a sink is set. `level` is "debug" or "warning".
using LogSink = void (*)(std::string_view level, std::string_view message);
void set_log_sink(LogSink sink);
void set_debug(bool on);
bool is_debug();

// One line without newline. Debug lines vanish unless set_debug(true).
void log_debug(std::string_view message);
// For what the spec says to warn about and go on, e.g. a capability that cannot be granted.
void log_warning(std::string_view message);
