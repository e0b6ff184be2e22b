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

  // Goes on with the new file when the log was put aside meanwhile; true when it was.
  Result<bool> reopen();

  int fd() const { return file_.get(); }

 private:
  LogReader(std::string path, Fd file, bool timestamps)
      : path_(std::move(path)), file_(std::move(file)), timestamps_(timestamps) {}
  void append(std::string& out, std::string_view line);

  std::string path_;
  Fd file_;
  bool timestamps_;
  bool in_line_ = false;  // the last was partial: what follows is of the same line
  std::string rest_;
};

}  // namespace kube
