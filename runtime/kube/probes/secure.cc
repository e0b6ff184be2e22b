#include "runtime/kube/probes/secure.h"

#include <sys/socket.h>
#include <unistd.h>

#include "base/spawn.h"

namespace kube {
namespace {

constexpr const char* kProgramName = "nacelle-tls";
constexpr int kServerSocket = 3;

}  // namespace

Result<SecureSocket> secure(Fd connected, const std::string& host) {
  const std::string path = TRY(find_sibling(kProgramName, NACELLE_LIBEXEC));
  FdPair clear = TRY(socket_pair(SOCK_STREAM));
  TRY(make_nonblocking(clear.ours.get()));
  // dup2 of a descriptor onto itself would leave it close-on-exec.
  if (connected.get() == kServerSocket) connected = TRY(duplicate(connected.get()));
  Spawn spawn;
  posix_spawn_file_actions_adddup2(&spawn.actions, clear.theirs.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&spawn.actions, connected.get(), kServerSocket);
  SecureSocket made;
  made.program = TRY_IN(path, spawn.run(path, {kProgramName, host}, {}));
  made.socket = std::move(clear.ours);
  return made;
}

}  // namespace kube
