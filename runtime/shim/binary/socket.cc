#include "runtime/shim/binary/socket.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/lock.h"
#include "base/path.h"
#include "base/socket.h"
#include "base/text.h"

namespace shim {
namespace {

// The directory, locked until the descriptor goes: between "nobody listens" and removing the socket nobody may bind a
// new one. Whoever holds the lock never waits for anything.
Result<Fd> lock_directory(const std::string& dir) {
  Fd fd(open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(errno, cat("open ", quoted(dir)));
  TRY(lock_descriptor(fd.get(), dir));
  return fd;
}

// Who can write there can put a socket of his own in the place of ours (CVE-2020-15257 was about less).
Result<> check_directory(int fd, const std::string& dir) {
  struct stat about;
  if (fstat(fd, &about) < 0) return fail_errno(errno, quoted(dir));
  if (about.st_uid != geteuid() || (about.st_mode & (S_IWGRP | S_IWOTH)))
    return fail(cat("socket directory ", quoted(dir), ": others may write to it"), "it is to be ours, with mode 0700");
  return {};
}

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + (slash == 0));
}

// Does not wait: EAGAIN says that somebody listens who has not come to the connections before this one.
bool is_served(const std::string& path) {
  const auto connected = connect_local(path, SOCK_STREAM | SOCK_NONBLOCK);
  return connected || connected.error().err == EAGAIN;
}

// A socket and nothing else.
Result<> remove_socket(const std::string& path) {
  struct stat about;
  if (lstat(path.c_str(), &about) < 0) return errno == ENOENT ? Result<>{} : fail_errno(errno, quoted(path));
  if (!S_ISSOCK(about.st_mode)) return fail(cat(quoted(path), " is no socket"));
  if (unlink(path.c_str()) < 0) return fail_errno(errno, cat("remove ", quoted(path)));
  return {};
}

Result<Fd> bind_and_listen(const std::string& path) {
  const auto local = TRY(local_address(path));
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno(errno, "make a socket");
  const mode_t before = umask(0177);  // 0600 from the beginning
  const int bound = bind(fd.get(), reinterpret_cast<const sockaddr*>(&local.address), local.size);
  const int problem = errno;
  umask(before);
  if (bound < 0) return fail_errno(problem, cat("bind ", quoted(path)));
  if (listen(fd.get(), SOMAXCONN) < 0) return fail_errno(errno, cat("listen on ", quoted(path)));
  return fd;
}

}  // namespace

Result<Fd> listen_unless_served(const std::string& path) {
  const std::string dir = directory_of(path);
  TRY(make_directories(dir, 0700));
  const Fd lock = TRY(lock_directory(dir));
  TRY(check_directory(lock.get(), dir));
  auto listening = bind_and_listen(path);
  if (listening || listening.error().err != EADDRINUSE) return listening;
  if (is_served(path)) return Fd();
  TRY(remove_socket(path));
  return bind_and_listen(path);
}

Result<> remove_unserved(const std::string& path) {
  if (!path_exists(path)) return {};
  const Fd lock = TRY(lock_directory(directory_of(path)));
  return is_served(path) ? Result<>{} : remove_socket(path);
}

}  // namespace shim
