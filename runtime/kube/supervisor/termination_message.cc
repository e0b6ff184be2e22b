#include "runtime/kube/supervisor/termination_message.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "base/descriptor.h"
#include "base/text.h"
#include "runtime/kube/sandbox/pod_files.h"
#include "runtime/kube/supervisor/log_line.h"

namespace kube {
namespace {

constexpr size_t kMostOfPod = 12 << 10, kMostLines = 80, kMostOfLog = 2048;

// So much of the end of the file as may be asked for: lines carry some 40 bytes besides their text.
std::string read_end(const std::string& path) {
  constexpr off_t kMost = kMostOfLog + kMostLines * 64;
  const Fd file(open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (!file.is_open() || fstat(file.get(), &status) < 0) return "";
  std::string text(static_cast<size_t>(std::min(status.st_size, kMost)), '\0');
  const ssize_t got = pread(file.get(), text.data(), text.size(), std::max<off_t>(status.st_size - kMost, 0));
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  // It begins in the middle of a line.
  if (status.st_size > kMost) text.erase(0, text.find('\n') + 1);
  return text;
}

}  // namespace

std::string log_tail(std::string_view log, size_t most_lines, size_t most_bytes) {
  std::vector<std::string> lines = split(log, '\n');
  if (lines.size() > most_lines + 1) lines.erase(lines.begin(), lines.end() - static_cast<ptrdiff_t>(most_lines) - 1);
  std::string text;
  for (const std::string& line : lines)
    if (const auto parsed = parse_log_line(line)) text += cat(parsed->text, parsed->is_partial ? "" : "\n");
  if (text.size() > most_bytes) text.erase(0, text.size() - most_bytes);
  return text;
}

std::string termination_message(const PodSpec& spec, const Container& container, const std::string& dir,
                                const std::string& log, int64_t exit_code) {
  std::string message = read_termination_message(dir);
  if (message.empty() && exit_code != 0 && container.termination_message_policy == "FallbackToLogsOnError")
    message = log_tail(read_end(log), kMostLines, kMostOfLog);
  message.resize(std::min(message.size(), kMostOfPod / (spec.init_containers.size() + spec.containers.size())));
  return message;
}

}  // namespace kube
