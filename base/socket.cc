#include "base/socket.h"

#include <cerrno>
#include <cstddef>
#include <cstring>

#include "base/text.h"

Result<LocalAddress> local_address(const std::string& path) {
  LocalAddress local;
  local.address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof local.address.sun_path)
    return fail_errno(path.empty() ? ENOENT : ENAMETOOLONG, cat("connect to ", quoted(path)));
  memcpy(local.address.sun_path, path.data(), path.size());
  bool is_abstract = path[0] == '@';
  if (is_abstract) local.address.sun_path[0] = 0;
  // An abstract name is as long as the address says, a path ends with its NUL.
  local.size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + (is_abstract ? 0 : 1));
  return local;
}

Result<Fd> connect_local(const std::string& path, int type) {
  const auto local = TRY(local_address(path));
  Fd fd(socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno(errno, "make a socket");
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&local.address), local.size) < 0)
    return fail_errno(errno, cat("connect to ", quoted(path)));
  return fd;
}
