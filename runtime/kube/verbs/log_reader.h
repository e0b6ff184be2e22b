// Reads a container's log as a CRI writes it (supervisor/log_writer.h) and gives back what the container wrote.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace kube {

struct LogLine {
  std::string_view timestamp, stream, text;
  bool is_partial = false;
};

// One line without its newline; empty when it is none of a CRI log.
std::optional<LogLine> parse_log_line(std::string_view line);

class LogReader {
 public:
  // Begins with the last `tail` lines of the file, with all for a negative number.
  static Result<LogReader> open(const std::string& path, int64_t tail, bool timestamps);

  // What has been written since, as the user sees it; lines that are not whole yet are left for later.
  Result<std::string> read();

  int fd() const { return file_.get(); }

 private:
  LogReader(Fd file, bool timestamps) : file_(std::move(file)), timestamps_(timestamps) {}
  void append(std::string& out, std::string_view line);

  Fd file_;
  bool timestamps_;
  bool in_line_ = false;  // the last was partial: what follows is of the same line
  std::string rest_;
};

}  // namespace kube
