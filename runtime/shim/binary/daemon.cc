// No action: the shim itself.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/log.h"
#include "base/text.h"
#include "runtime/shim/binary/actions.h"
#include "runtime/shim/binary/birth.h"
#include "runtime/shim/binary/log.h"
#include "runtime/shim/binary/socket.h"
#include "runtime/shim/task/shim.h"

namespace shim {
namespace {

struct Listener {
  Fd fd;
  std::string path;
};

// The socket that `start` has left us.
Result<Listener> take_inherited() {
  int is_listening = 0;
  socklen_t size = sizeof is_listening;
  sockaddr_un address{};
  socklen_t length = sizeof address;
  if (getsockopt(kListening, SOL_SOCKET, SO_ACCEPTCONN, &is_listening, &size) < 0 || !is_listening ||
      getsockname(kListening, reinterpret_cast<sockaddr*>(&address), &length) < 0 || address.sun_family != AF_UNIX)
    return fail("descriptor 3 is no local socket that listens", "containerd runs this program; see --help");
  if (fcntl(kListening, F_SETFD, FD_CLOEXEC) < 0) return fail_errno(errno, "descriptor 3");
  return Listener{Fd(kListening), std::string(address.sun_path, strnlen(address.sun_path, sizeof address.sun_path))};
}

Result<Listener> listen_at(const std::string& path) {
  Fd fd = TRY(listen_unless_served(path));
  if (!fd.is_open()) return fail(cat("socket ", quoted(path), ": another shim listens there"));
  return Listener{std::move(fd), path};
}

}  // namespace

Result<> run_daemon(const Call& call) {
  Listener listener = TRY(call.socket.empty() ? take_inherited() : listen_at(call.socket));
  log_to(STDERR_FILENO, call.ns, call.id);
  set_debug(call.debug);
  signal(SIGPIPE, SIG_IGN);  // the log's reader, containerd, may be gone for a while
  const char* events = getenv("TTRPC_ADDRESS");
  const ShimSettings settings{.ns = call.ns,
                              .id = call.id,
                              .socket_path = listener.path,
                              .ttrpc_address = events ? events : "",
                              .debug = call.debug};
  return serve(settings, std::move(listener.fd));
}

}  // namespace shim
