#include "runtime/cli/passed_fds.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/text.h"

namespace cli {
namespace {

constexpr int kFirst = 3;
constexpr int kMost = 1024;

Result<int> parse_count(std::string_view text, std::string_view origin) {
  const auto count = parse_number<unsigned>(text);
  if (!count || *count > kMost) return fail(cat(origin, ": ", quoted(text), " is not a number between 0 and ", kMost));
  return static_cast<int>(*count);
}

Result<int> read_listen_fds() {
  const char* count = getenv("LISTEN_FDS");
  const char* pid = getenv("LISTEN_PID");
  if (!count || !pid || parse_number<int>(pid) != getpid()) return 0;
  return parse_count(count, "LISTEN_FDS");
}

}  // namespace

Result<PassedFds> read_passed_fds(const Arguments& arguments) {
  PassedFds passed;
  passed.listen = TRY(read_listen_fds());
  passed.preserved = TRY(parse_count(arguments.value("preserve-fds", "0"), "--preserve-fds"));
  for (int fd = kFirst; fd < kFirst + passed.listen + passed.preserved; fd++)
    if (fcntl(fd, F_GETFD) < 0)
      return fail_errno(errno, cat(fd < kFirst + passed.listen ? "LISTEN_FDS" : "--preserve-fds", ": descriptor ", fd));
  return passed;
}

}  // namespace cli
