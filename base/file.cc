#include "base/file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/text.h"

Result<std::string> read_all(int fd, size_t limit) {
  std::string bytes;
  size_t chunk = 4096;
  for (;;) {
    size_t have = bytes.size();
    bytes.resize(have + chunk);
    ssize_t n = read(fd, bytes.data() + have, chunk);
    if (n < 0 && errno == EINTR)
      n = 0;
    else if (n < 0)
      return fail_errno(errno, "read");
    else if (n == 0) {
      bytes.resize(have);
      return bytes;
    }
    bytes.resize(have + static_cast<size_t>(n));
    if (bytes.size() > limit) return fail_errno(EFBIG, cat("read: more than ", limit, " bytes"));
    chunk = std::min<size_t>(chunk * 2, 1 << 20);
  }
}

Result<std::string> read_file_at(int dir, const std::string& path, size_t limit) {
  Fd fd(openat(dir, path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return TRY_IN(quoted(path), read_all(fd.get(), limit));
}

Result<std::string> read_file(const std::string& path, size_t limit) {
  return read_file_at(AT_FDCWD, path, limit);
}

Result<> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(errno, "write");
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return {};
}

Result<> write_kernel_file_at(int dir, const std::string& path, std::string_view bytes) {
  Fd fd(openat(dir, path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  ssize_t n = -1;
  do n = write(fd.get(), bytes.data(), bytes.size());
  while (n < 0 && errno == EINTR);
  if (n < 0) return fail_errno(errno, cat("write '", trimmed(bytes), "' to ", quoted(path)));
  if (static_cast<size_t>(n) != bytes.size()) return fail_errno(EIO, cat("write to ", quoted(path), ": cut short"));
  return {};
}

namespace {

Result<> write_new_file(const std::string& path, std::string_view bytes, mode_t mode) {
  Fd fd(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  if (!fd.is_open()) return fail_errno(errno, cat("create ", quoted(path)));
  TRY_IN(quoted(path), write_all(fd.get(), bytes));
  return {};
}

}  // namespace

Result<> replace_file(const std::string& path, std::string_view bytes, mode_t mode) {
  std::string temporary = cat(path, ".", getpid(), ".new");
  auto written = write_new_file(temporary, bytes, mode);
  if (written && rename(temporary.c_str(), path.c_str()) < 0)
    written = fail_errno(errno, cat("rename ", quoted(temporary), " to ", quoted(path)));
  if (!written) unlink(temporary.c_str());
  return written;
}

Result<> publish_file(const std::string& path, std::string_view bytes, mode_t mode) {
  size_t slash = path.find_last_of('/');
  std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  Fd fd(open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, mode));
  // Without a name until it is whole. Not every file system has such files, and a name that is taken wants a rename.
  if (!fd.is_open()) return replace_file(path, bytes, mode);
  TRY_IN(quoted(path), write_all(fd.get(), bytes));
  std::string unnamed = cat("/proc/self/fd/", fd.get());
  if (linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, path.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  return replace_file(path, bytes, mode);
}

Result<Fd> memory_file(const char* name, std::string_view bytes) {
  Fd fd(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd.is_open()) return fail_errno(errno, "memfd_create");
  TRY(write_all(fd.get(), bytes));
  if (lseek(fd.get(), 0, SEEK_SET) < 0) return fail_errno(errno, "seek in a memory file");
  return fd;
}
