#include "base/lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "base/text.h"

Result<> lock_descriptor(int fd, const std::string& path, bool wait) {
  while (flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB) < 0)
    if (errno != EINTR) return fail_errno(errno, cat("lock ", quoted(path)));
  return {};
}

Result<Fd> lock_file(const std::string& path, bool wait) {
  Fd file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  TRY(lock_descriptor(file.get(), path, wait));
  return file;
}
