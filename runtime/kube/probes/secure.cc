#include "runtime/kube/probes/secure.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "base/spawn.h"

namespace kube {
namespace {

constexpr const char* kProgramName = "nacelle-tls";
constexpr int kServerSocket = 3;

}  // namespace

Result<SecureSocket> secure(Fd connected, const std::string& host) {
  const std::string path = TRY(find_sibling(kProgramName, NACELLE_LIBEXEC));
  FdPair clear = TRY(socket_pair(SOCK_STREAM));
  if (fcntl(clear.ours.get(), F_SETFL, O_NONBLOCK) < 0) return fail_errno(errno, "set O_NONBLOCK");
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

void end_program(Pidfd& program) {
  if (!program.fd.is_open()) return;
  (void)send_signal(program, SIGKILL);
  (void)wait_exit(program);
  program = {};
}

}  // namespace kube
