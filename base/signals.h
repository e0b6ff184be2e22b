// Signals by name and number.
#pragma once

#include <signal.h>

#include <optional>
#include <string_view>

#include "base/descriptor.h"

// "SIGTERM", "TERM", "term", "15", "RTMIN+3". Empty for what is no signal of this system (0 is none either).
std::optional<int> parse_signal(std::string_view text);

// The signals that a runtime in the foreground passes on: all that can be caught, but for those that tell of its own
// faults, its own terminal and its own children.
sigset_t forwarded_signals();

// Blocks the signals, for good, and gives a signalfd(2) that they are read from. Children get them back from whoever
// makes them.
Result<Fd> open_signals(const sigset_t& signals);
