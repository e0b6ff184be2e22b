// Times as kubectl takes them.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace kube {

// "60s", "1m30s", "500ms", "2h", "10" (seconds), "0", in milliseconds; a negative one is a week, as kubectl has it.
Result<int64_t> parse_duration(std::string_view text);

}  // namespace kube
