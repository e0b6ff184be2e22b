#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>

#include "base/descriptor.h"
#include "tests/unit/shim-stdio/stage.h"

namespace {

// What the runtime does: a pty, its master sent over the console socket, its slave the child's terminal and 0, 1, 2.
pid_t execute_in_terminal(Stage& stage, const shim::ProcessIo& io, const std::string& script, bool is_raw = false) {
  const Fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(grantpt(master.get()) == 0);
  REQUIRE(unlockpt(master.get()) == 0);
  const Fd slave(open(ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios modes;
  REQUIRE(tcgetattr(slave.get(), &modes) == 0);
  modes.c_oflag &= ~static_cast<tcflag_t>(OPOST);
  if (is_raw) cfmakeraw(&modes);
  REQUIRE(tcsetattr(slave.get(), TCSANOW, &modes) == 0);
  REQUIRE(send_descriptor(io.console_socket(), "/dev/ptmx", master.get()));
  const auto work = [&] {
    setsid();
    ioctl(0, TIOCSCTTY, 0);
    execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
    return 127;
  };
  return stage.call({slave.get(), slave.get(), slave.get()}, work);
}

}  // namespace

// @withstands CVE-2022-23471
TEST_CASE("stdio: a terminal: typed words go in, what is shown comes out, the hang-up is the end") {
  Stage stage;
  auto io = stage.open({.in = stage.fifo("in"), .out = stage.fifo("out"), .terminal = true});
  CHECK(io->child_stdio() == std::array{-1, -1, -1});
  Reader reader(stage.loop, stage.path("out"));
  const pid_t child = execute_in_terminal(stage, *io, "stty -echo; echo ready; read -r line; echo \"got $line\"");
  REQUIRE(io->begin());
  CHECK(io->console_socket() == -1);
  CHECK(stage.until([&] { return reader.bytes == "ready\n"; }));
  const Fd writer = open_writer(stage.path("in"));
  CHECK(write(writer.get(), "words\n", 6) == 6);
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(stage.until([&] { return reader.has_ended; }));
  CHECK(reader.bytes == "ready\ngot words\n");
}

TEST_CASE("stdio: a terminal is resized") {
  Stage stage;
  auto io = stage.open({.out = stage.fifo("out"), .terminal = true});
  Reader reader(stage.loop, stage.path("out"));
  const auto early = io->resize(80, 24);
  REQUIRE_FALSE(early);
  CHECK(early.error().text() == "no terminal");
  const pid_t child =
      execute_in_terminal(stage, *io, "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.01; done");
  REQUIRE(io->begin());
  CHECK(stage.until([&] { return reader.bytes == "ready\n"; }));
  CHECK(io->resize(123, 45));
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(reader.bytes == "ready\n45 123\n");
}

TEST_CASE("stdio: closing the input of a terminal neither ends nor hangs up anything") {
  Stage stage;
  auto io = stage.open({.in = stage.fifo("in"), .out = stage.fifo("out"), .terminal = true});
  Reader reader(stage.loop, stage.path("out"));
  const pid_t child = execute_in_terminal(stage, *io, "stty -echo; echo ready; read -r line; echo $line; sleep 60");
  REQUIRE(io->begin());
  CHECK(stage.until([&] { return reader.bytes == "ready\n"; }));
  {
    const Fd writer = open_writer(stage.path("in"));
    io->close_input();
    CHECK(write(writer.get(), "still\n", 6) == 6);
  }
  CHECK(stage.until([&] { return reader.bytes == "ready\nstill\n"; }));
  CHECK(stage.idle_turns(100) == 1);
  CHECK(io->resize(80, 24));
  CHECK_FALSE(stage.has_exited(child));
  kill(-child, SIGKILL);
  CHECK(stage.exit_code(child) == -1);
  CHECK(stage.finish(*io) < 9000);
}

TEST_CASE("stdio: 5 MB out of a terminal, past a slow reader") {
  Stage stage;
  auto io = stage.open({.out = stage.fifo("out"), .terminal = true});
  Reader reader(stage.loop, stage.path("out"));
  reader.most = 3000;
  const pid_t child = execute_in_terminal(stage, *io, "yes 0123456789abcde | head -c 5000000", true);
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(stage.until([&] { return reader.has_ended; }));
  CHECK(reader.bytes.size() == 5'000'000);
  size_t wrong = 0;
  for (size_t i = 0; i < reader.bytes.size(); i++) wrong += reader.bytes[i] != "0123456789abcde\n"[i % 16];
  CHECK(wrong == 0);
}

TEST_CASE("stdio: 2 MB into a raw terminal arrive in order, held back while it is full") {
  Stage stage;
  auto io = stage.open({.in = stage.fifo("in"), .out = stage.fifo("out"), .terminal = true});
  Reader reader(stage.loop, stage.path("out"));
  const std::string bytes = noise(2'000'000);
  const pid_t child = execute_in_terminal(stage, *io, "sleep 1; head -c 2000000 | sha256sum", true);
  REQUIRE(io->begin());
  const pid_t writer = fork();
  if (writer == 0) {
    const int fd = open(stage.path("in").c_str(), O_WRONLY | O_CLOEXEC);
    _exit(write_in_pieces(fd, bytes, 9000));
  }
  stage.idle_turns(300);
  CHECK(stage.idle_turns(100) == 1);
  CHECK(stage.exit_code(writer) == 0);
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
  auto sum = stage.open({.in = stage.fifo("in2"), .out = stage.fifo("out2")});
  Reader expected(stage.loop, stage.path("out2"));
  const pid_t direct = stage.call(sum->child_stdio(), [&] {
    FILE* pipe = popen("sha256sum", "we");
    fwrite(bytes.data(), 1, bytes.size(), pipe);
    return pclose(pipe);
  });
  REQUIRE(sum->begin());
  CHECK(stage.exit_code(direct) == 0);
  CHECK(stage.finish(*sum) < 9000);
  CHECK(reader.bytes == expected.bytes);
}

TEST_CASE("stdio: a terminal's output that nobody asked for goes nowhere, and holds nothing up") {
  Stage stage;
  auto io = stage.open({.terminal = true});
  const pid_t child = execute_in_terminal(stage, *io, "yes | head -c 300000");
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
}

TEST_CASE("stdio: a terminal that was not sent is an error at once") {
  Stage stage;
  auto io = stage.open({.out = stage.fifo("out"), .terminal = true});
  const auto begun = io->begin();
  REQUIRE_FALSE(begun);
  CHECK(begun.error().text() == "the runtime has sent no terminal");
  auto other = stage.open({.out = stage.path("out"), .terminal = true});
  CHECK(write(other->console_socket(), "x", 1) == 1);
  const auto without = other->begin();
  REQUIRE_FALSE(without);
  CHECK(without.error().text() == "the runtime has sent no terminal");
}

TEST_CASE("stdio: no terminal, no size") {
  Stage stage;
  auto io = stage.open({.out = stage.fifo("out")});
  REQUIRE(io->begin());
  const auto resized = io->resize(80, 24);
  REQUIRE_FALSE(resized);
  CHECK(resized.error().text() == "no terminal");
}
