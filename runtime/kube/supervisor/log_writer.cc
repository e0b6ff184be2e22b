#include "runtime/kube/supervisor/log_writer.h"

#include <fcntl.h>
#include <time.h>

#include <cerrno>
#include <cstdio>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

namespace kube {

void LineSplitter::emit(std::string& out, std::string_view timestamp, char tag, std::string_view text) const {
  out.append(timestamp).append(" ").append(stream_).append(" ").append(1, tag).append(" ").append(text).append("\n");
}

std::string LineSplitter::add(std::string_view bytes, std::string_view timestamp) {
  std::string out;
  while (!bytes.empty()) {
    const size_t room = kLongest - rest_.size();
    const size_t newline = bytes.substr(0, room + 1).find('\n');
    if (newline != bytes.npos) {
      rest_ += bytes.substr(0, newline);
      emit(out, timestamp, 'F', rest_);
      rest_.clear();
      bytes.remove_prefix(newline + 1);
    } else if (bytes.size() > room) {
      rest_ += bytes.substr(0, room);
      emit(out, timestamp, 'P', rest_);
      rest_.clear();
      bytes.remove_prefix(room);
    } else {
      rest_ += bytes;
      break;
    }
  }
  return out;
}

std::string LineSplitter::finish(std::string_view timestamp) {
  std::string out;
  if (!rest_.empty()) emit(out, timestamp, 'P', rest_);
  rest_.clear();
  return out;
}

Result<LogWriter> LogWriter::open(const std::string& path) {
  TRY(make_directories(path.substr(0, path.rfind('/')), 0755));
  Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640));
  if (!file.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return LogWriter(std::move(file));
}

void LogWriter::write(LineSplitter& stream, std::string_view bytes) {
  (void)write_all(file_.get(), stream.add(bytes, log_timestamp()));
}

void LogWriter::finish(LineSplitter& stream) {
  (void)write_all(file_.get(), stream.finish(log_timestamp()));
}

std::string log_timestamp() {
  timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  tm parts;
  gmtime_r(&at.tv_sec, &parts);
  char text[40];
  const size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(text + length, sizeof text - length, ".%09ldZ", at.tv_nsec);
  return text;
}

}  // namespace kube
