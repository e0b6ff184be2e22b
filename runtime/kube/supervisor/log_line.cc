#include "runtime/kube/supervisor/log_line.h"

#include <algorithm>

namespace kube {

std::optional<LogLine> parse_log_line(std::string_view line) {
  LogLine parsed;
  const auto take_word = [&line]() {
    const size_t space = std::min(line.find(' '), line.size());
    const std::string_view word = line.substr(0, space);
    line.remove_prefix(std::min(space + 1, line.size()));
    return word;
  };
  parsed.timestamp = take_word();
  parsed.stream = take_word();
  const std::string_view tags = take_word();
  // Tags may grow more of them behind a ':' (CRI log format).
  const std::string_view tag = tags.substr(0, tags.find(':'));
  if (tag != "F" && tag != "P") return {};
  parsed.is_partial = tag == "P";
  parsed.text = line;
  return parsed;
}

}  // namespace kube
