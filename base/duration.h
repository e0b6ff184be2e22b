// Lengths of time as Go programs, and so the callers of container runtimes, write them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

// "60s", "1m30s", "500ms", "2h", "10" (seconds), "0", in milliseconds, at most a week.
Result<int64_t> parse_duration(std::string_view text);
