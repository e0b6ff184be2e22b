#include "runtime/lifecycle/console.h"

#include "base/file.h"
#include "base/socket.h"
#include "base/text.h"

namespace lifecycle {

Result<Fd> open_console(const std::string& socket_path, int console) {
  if (console >= 0) return duplicate(console);
  return TRY_IN("console socket", connect_local(socket_path));
}

Result<> write_pid_file(const std::string& path, pid_t pid) {
  if (path.empty()) return {};
  TRY_IN("pid file", publish_file(path, cat(pid), 0644));
  return {};
}

}  // namespace lifecycle
