// One line of a CRI log.
#pragma once

#include <optional>
#include <string_view>

namespace kube {

struct LogLine {
  std::string_view timestamp, stream, text;
  bool is_partial = false;
};

// One line without its newline; empty when it is none of a CRI log. Pure.
std::optional<LogLine> parse_log_line(std::string_view line);

}  // namespace kube
