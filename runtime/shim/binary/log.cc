#include "runtime/shim/binary/log.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/oci/json_writer.h"
#include "runtime/oci/state.h"

namespace shim {
namespace {

// One program, one log: the sink of base/log.h is a plain function.
struct Log {
  int fd = -1;
  std::string ns, id;
};
Log log_;

void to_log(std::string_view level, std::string_view message) {
  (void)write_all(log_.fd, log_line(level, message, log_.ns, log_.id));  // nothing is left to tell it to
}

bool is_fifo(int fd) {
  struct stat about;
  return fstat(fd, &about) == 0 && S_ISFIFO(about.st_mode);
}

}  // namespace

Result<Fd> open_log(const std::string& bundle) {
  Fd fd(open(join_path(bundle, "log").c_str(), O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC));
  if (fd.is_open() && is_fifo(fd.get())) return fd;
  fd.reset(open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(errno, "open /dev/null");
  return fd;
}

void log_to(int fd, const std::string& ns, const std::string& id) {
  log_ = {fd, ns, id};
  set_log_sink(to_log);
}

void move_log(int fd) {
  log_.fd = fd;
}

std::string log_line(std::string_view level, std::string_view message, std::string_view ns, std::string_view id) {
  std::string line = cat("time=\"", oci::timestamp(), "\" level=", level, " msg=");
  oci::append_json_string(line, message);
  return cat(line, " id=", id, " namespace=", ns, "\n");
}

}  // namespace shim
