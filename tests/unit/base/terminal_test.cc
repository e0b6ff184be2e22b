// The foreground's relay against a real pseudo-terminal, without a container.
#include "base/terminal.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include <string>

#include "base/descriptor.h"

namespace {

struct Pty {
  Fd master, slave;
};

Pty open_pty() {
  Pty pty;
  pty.master.reset(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(pty.master.is_open());
  REQUIRE(unlockpt(pty.master.get()) == 0);
  pty.slave.reset(ioctl(pty.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(pty.slave.is_open());
  return pty;
}

std::string read_some(int fd) {
  char buffer[4096];
  const ssize_t count = read(fd, buffer, sizeof buffer);
  return std::string(buffer, count < 0 ? 0 : static_cast<size_t>(count));
}

// Puts another file in the place of a standard descriptor while it lives.
class Replaced {
 public:
  Replaced(int fd, int by) : fd_(fd), saved_(fcntl(fd, F_DUPFD_CLOEXEC, 100)) { dup2(by, fd); }
  ~Replaced() { dup2(saved_.get(), fd_); }

 private:
  int fd_;
  Fd saved_;
};

}  // namespace

TEST_CASE("terminal: raw mode is undone when the object goes") {
  const Pty pty = open_pty();
  termios before, during, after;
  tcgetattr(pty.slave.get(), &before);
  {
    const RawMode raw(pty.slave.get());
    tcgetattr(pty.slave.get(), &during);
  }
  tcgetattr(pty.slave.get(), &after);
  CHECK((during.c_lflag & (ICANON | ECHO | ISIG)) == 0);
  CHECK((during.c_oflag & OPOST) == 0);
  CHECK(before.c_lflag == after.c_lflag);
  CHECK(before.c_iflag == after.c_iflag);
  CHECK(before.c_oflag == after.c_oflag);
}

TEST_CASE("terminal: the size of what is no terminal is unknown") {
  auto pipe = pipe_pair();
  REQUIRE(pipe);
  CHECK(!window_size(pipe->ours.get()));
  const Pty pty = open_pty();
  winsize wanted{40, 100, 0, 0};
  ioctl(pty.master.get(), TIOCSWINSZ, &wanted);
  const auto size = window_size(pty.slave.get());
  REQUIRE(size);
  CHECK(size->ws_row == 40);
  CHECK(size->ws_col == 100);
}

TEST_CASE("terminal: bytes go both ways, and the last ones after the program's end") {
  Pty pty = open_pty();
  auto input = pipe_pair(), output = pipe_pair();
  REQUIRE(input);
  REQUIRE(output);
  const Replaced in(STDIN_FILENO, input->ours.get()), out(STDOUT_FILENO, output->theirs.get());
  Relay relay(pty.master.get());
  CHECK(relay.wants_input() == POLLIN);
  CHECK(relay.wants_output() == 0);

  REQUIRE(write(input->theirs.get(), "ls\n", 3) == 3);
  relay.step(POLLIN, 0, 0);
  CHECK(relay.wants_input() == 0);
  CHECK((relay.wants_master() & POLLOUT) != 0);
  relay.step(0, POLLOUT, 0);
  CHECK(read_some(pty.slave.get()) == "ls\n");

  REQUIRE(write(pty.slave.get(), "one\n", 4) == 4);
  std::string seen;
  for (int i = 0; i < 9 && !seen.ends_with("one\r\n"); i++) {
    relay.step(0, POLLIN, 0);
    CHECK(relay.wants_output() == POLLOUT);
    relay.step(0, 0, POLLOUT);
    seen += read_some(output->ours.get());
  }
  CHECK(seen == "ls\r\none\r\n");  // the first line is the echo of the input

  REQUIRE(write(pty.slave.get(), "last\n", 5) == 5);
  pty.slave.reset();
  relay.drain();
  CHECK(read_some(output->ours.get()) == "last\r\n");
  input->theirs.reset();
  relay.step(POLLIN, 0, 0);
  CHECK(relay.wants_input() == 0);  // nothing more comes
}
