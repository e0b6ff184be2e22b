#include "runtime/kube/supervisor/log_writer.h"

#include <fcntl.h>
#include <time.h>

#include <cerrno>
#include <cstdio>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/state/folder.h"

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
  return LogWriter(path, std::move(file));
}

void LogWriter::append(std::string_view lines) {
  if (size_ >= kLargest && !rotate()) return;
  (void)write_all(file_.get(), lines);
  size_ += static_cast<off_t>(lines.size());
}

namespace {

// What was put aside of a log, oldest first: by name is by time.
Result<std::vector<std::string>> list_rotated(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string folder = path.substr(0, slash), prefix = cat(path.substr(slash + 1), ".");
  std::vector<std::string> paths;
  for (const std::string& name : TRY(list_names(folder)))
    if (name.starts_with(prefix)) paths.push_back(cat(folder, "/", name));
  return paths;
}

}  // namespace

void remove_log(const std::string& path) {
  for (const std::string& rotated : list_rotated(path).value_or(std::vector<std::string>())) (void)remove_tree(rotated);
  (void)remove_tree(path);
}

Result<> LogWriter::rotate() {
  const std::string stamp = log_timestamp();
  if (rename(path_.c_str(), cat(path_, ".", stamp).c_str()) < 0 && errno != ENOENT)
    return fail_errno(errno, cat("rename ", quoted(path_)));
  *this = TRY(open(path_));
  const std::vector<std::string> old = TRY(list_rotated(path_));
  // The log that is written to counts, too.
  for (size_t i = 0; i + kMostFiles <= old.size(); i++) TRY(remove_tree(old[i]));
  return {};
}

void LogWriter::write(LineSplitter& stream, std::string_view bytes) {
  append(stream.add(bytes, log_timestamp()));
}

void LogWriter::finish(LineSplitter& stream) {
  append(stream.finish(log_timestamp()));
}

std::string print_log_time(const timespec& at) {
  tm parts;
  gmtime_r(&at.tv_sec, &parts);
  char text[40];
  const size_t length = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  snprintf(text + length, sizeof text - length, ".%09ldZ", at.tv_nsec);
  return text;
}

std::string log_timestamp() {
  timespec at;
  clock_gettime(CLOCK_REALTIME, &at);
  return print_log_time(at);
}

}  // namespace kube
