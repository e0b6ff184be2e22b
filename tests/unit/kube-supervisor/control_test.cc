// The socket by which a supervisor is told things, and those who keep it waiting.
#include "runtime/kube/supervisor/control.h"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/loop.h"
#include "base/socket.h"
#include "tests/unit/volumes/scratch.h"

TEST_CASE("control: who sends a request bit by bit keeps nobody waiting for long") {
  const Scratch scratch;
  const Fd listening = *kube::listen_control(scratch.path);
  const pid_t client = fork();
  if (client == 0) {
    const Fd socket = *connect_local(scratch.path + "/control", SOCK_SEQPACKET);
    const uint64_t size = 1000;
    (void)send(socket.get(), &size, sizeof size, MSG_NOSIGNAL);
    for (int i = 0; i < 50 && send(socket.get(), "x", 1, MSG_NOSIGNAL) == 1; i++) usleep(100'000);
    _exit(0);
  }
  const int64_t begun = monotonic_ms();
  bool is_asked = false;
  kube::answer_request(listening.get(), [&](const kube::Request&, Fd&) {
    is_asked = true;
    return "";
  });
  CHECK(monotonic_ms() - begun < 2000);
  CHECK_FALSE(is_asked);
  kill(client, SIGKILL);
  waitpid(client, nullptr, 0);
}
