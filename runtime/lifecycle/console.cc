#include "runtime/lifecycle/console.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/file.h"
#include "base/text.h"

namespace lifecycle {

Result<Fd> open_console(const std::string& socket_path, int console) {
  if (console >= 0) return duplicate(console);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_path.size() >= sizeof address.sun_path)
    return fail(cat("console socket ", quoted(socket_path), ": path too long"));
  memcpy(address.sun_path, socket_path.c_str(), socket_path.size() + 1);
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.is_open()) return fail_errno(errno, "socket");
  if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
    return fail_errno(errno, cat("connect to console socket ", quoted(socket_path)));
  return fd;
}

Result<> write_pid_file(const std::string& path, pid_t pid) {
  if (path.empty()) return {};
  TRY_IN("pid file", publish_file(path, cat(pid), 0644));
  return {};
}

}  // namespace lifecycle
