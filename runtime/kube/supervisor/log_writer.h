// A container's output as a CRI log: "2016-10-06T00:17:09.669794202Z stdout F text", one line a line.
#pragma once

#include <time.h>

#include <string>
#include <string_view>

#include "base/descriptor.h"

namespace kube {

// Splits one stream into log lines. Pure but for the time it is given.
class LineSplitter {
 public:
  // A longer line becomes several, all but the last tagged P (partial), as CRI implementations have it.
  static constexpr size_t kLongest = 16 << 10;

  explicit LineSplitter(std::string_view stream) : stream_(stream) {}

  // Log lines for the bytes. What has no newline yet is kept back until there is one.
  std::string add(std::string_view bytes, std::string_view timestamp);
  // What was kept back, as a partial line: the stream has ended without a newline.
  std::string finish(std::string_view timestamp);

 private:
  void emit(std::string& out, std::string_view timestamp, char tag, std::string_view text) const;

  std::string_view stream_;
  std::string rest_;
};

// One start's log: both streams in one file, appended to.
class LogWriter {
 public:
  // Makes the file and its folder.
  static Result<LogWriter> open(const std::string& path);

  // A log of this size is put aside (its name gets a dot and the time) and a new one begun; the kubelet's defaults.
  static constexpr off_t kLargest = 10 << 20;
  static constexpr size_t kMostFiles = 5;

  // Writes what the stream gave. Errors (a full disk) are dropped: the container must not notice.
  void write(LineSplitter& stream, std::string_view bytes);
  void finish(LineSplitter& stream);

 private:
  LogWriter(std::string path, Fd file) : path_(std::move(path)), file_(std::move(file)) {}
  void append(std::string_view lines);
  Result<> rotate();

  std::string path_;
  Fd file_;
  off_t size_ = 0;
};

// Removes a log with what was put aside of it.
void remove_log(const std::string& path);

// "2016-10-06T00:17:09.669794202Z".
std::string print_log_time(const timespec& at);
// The same, now.
std::string log_timestamp();

}  // namespace kube
