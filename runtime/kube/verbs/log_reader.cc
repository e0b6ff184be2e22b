#include "runtime/kube/verbs/log_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "runtime/kube/supervisor/log_line.h"

namespace kube {
namespace {

constexpr size_t kPiece = 64 << 10;

// Where the last `lines` lines of a file begin, read backwards: a log may be large.
Result<off_t> find_tail(int fd, int64_t lines) {
  off_t end = lseek(fd, 0, SEEK_END);
  if (end < 0) return fail_errno(errno, "seek in the log");
  std::string piece;
  int64_t newlines = 0;
  for (off_t begin = end; begin > 0; end = begin) {
    begin = std::max<off_t>(0, end - static_cast<off_t>(kPiece));
    piece.resize(static_cast<size_t>(end - begin));
    if (pread(fd, piece.data(), piece.size(), begin) != static_cast<ssize_t>(piece.size()))
      return fail_errno(errno, "read the log");
    // The newline that ends the last line is not one before it.
    for (size_t i = piece.size(); i > 0; i--)
      if (piece[i - 1] == '\n' && newlines++ == lines) return begin + static_cast<off_t>(i);
  }
  return 0;
}

}  // namespace

Result<LogReader> LogReader::open(const std::string& path, LogView view) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  const off_t begin = view.tail < 0 ? 0 : TRY(find_tail(file.get(), view.tail));
  if (lseek(file.get(), begin, SEEK_SET) < 0) return fail_errno(errno, "seek in the log");
  return LogReader(path, std::move(file), std::move(view));
}

Result<bool> LogReader::reopen() {
  struct stat present, named;
  if (fstat(file_.get(), &present) < 0 || stat(path_.c_str(), &named) < 0) return false;
  if (present.st_dev == named.st_dev && present.st_ino == named.st_ino) return false;
  file_.reset(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file_.is_open()) return fail_errno(errno, cat("open ", quoted(path_)));
  return true;
}

void LogReader::append(std::string& out, std::string_view text) {
  const std::optional<LogLine> line = parse_log_line(text);
  // Timestamps are all of one form and of UTC: their order is that of their letters.
  if (!line || line->timestamp < view_.since) return;
  if (!in_line_) out += cat(view_.prefix, view_.timestamps ? line->timestamp : "", view_.timestamps ? " " : "");
  out += line->text;
  if (!line->is_partial) out += '\n';
  in_line_ = line->is_partial;
}

Result<std::string> LogReader::read() {
  std::string out, piece(kPiece, '\0');
  const ssize_t got = ::read(file_.get(), piece.data(), piece.size());
  if (got < 0) return fail_errno(errno, "read the log");
  rest_.append(piece, 0, static_cast<size_t>(got));
  size_t begin = 0;
  for (size_t newline; (newline = rest_.find('\n', begin)) != std::string::npos; begin = newline + 1)
    append(out, std::string_view(rest_).substr(begin, newline - begin));
  rest_.erase(0, begin);
  return out;
}

}  // namespace kube
