// Reads a container's log as a CRI writes it (supervisor/log_writer.h) and gives back what the container wrote.
#pragma once

#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace kube {

// How a log is shown.
struct LogView {
  int64_t tail = -1;  // the last lines of the file; negative: all
  std::string since;  // only lines that are not older, by their timestamps
  bool timestamps = false;
  std::string prefix;  // before every line
};

class LogReader {
 public:
  // Begins where the view does.
  static Result<LogReader> open(const std::string& path, LogView view);

  // What has been written since, as the user sees it; lines that are not whole yet are left for later.
  Result<std::string> read();

  // Goes on with the new file when the log was put aside meanwhile; true when it was.
  Result<bool> reopen();

  int fd() const { return file_.get(); }

 private:
  LogReader(std::string path, Fd file, LogView view)
      : path_(std::move(path)), file_(std::move(file)), view_(std::move(view)) {}
  void append(std::string& out, std::string_view line);

  std::string path_;
  Fd file_;
  LogView view_;
  bool in_line_ = false;  // the last was partial: what follows is of the same line
  std::string rest_;
};

}  // namespace kube
