#include "runtime/lifecycle/console.h"

#include "base/file.h"
#include "base/socket.h"
#include "base/text.h"

namespace lifecycle {

Result<Fd> open_console(const std::string& socket_path, int console) {
  if (console >= 0) return duplicate(console);
  return TRY_IN("console socket", connect_local(socket_path));
}

Result<Fd> open_pidfd_socket(const std::string& path) {
  if (path.empty()) return Fd();
  return TRY_IN("pidfd socket", connect_local(path));
}

Result<> send_pidfd(const Fd& socket, const Pidfd& process) {
  if (socket.is_open()) TRY_IN("pidfd socket", send_descriptor(socket.get(), "pidfd", process.fd.get()));
  return {};
}

Result<> write_pid_file(const std::string& path, pid_t pid) {
  if (path.empty()) return {};
  TRY_IN("pid file", publish_file(path, cat(pid), 0644));
  return {};
}

}  // namespace lifecycle
