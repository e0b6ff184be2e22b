#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "tests/unit/shim-stdio/stage.h"

namespace {

// A client of containerd that writes all of it into the fifo and goes.
pid_t write_from_child(const std::string& path, const std::string& bytes, size_t most) {
  const pid_t child = fork();
  if (child == 0) {
    const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    _exit(fd < 0 ? 2 : write_in_pieces(fd, bytes, most));
  }
  return child;
}

}  // namespace

TEST_CASE("stdio: 5 MB there and back through cat, from writers that come and go") {
  Stage stage;
  auto io = stage.open({.in = stage.fifo("in"), .out = stage.fifo("out")});
  Reader reader(stage.loop, stage.path("out"));
  const pid_t cat = stage.execute(*io, {"/bin/cat"});
  REQUIRE(io->begin());
  const std::string bytes = noise(5'000'000);
  for (size_t at = 0; at < bytes.size(); at += 1'000'000) {
    const pid_t writer = write_from_child(stage.path("in"), bytes.substr(at, 1'000'000), 9000);
    CHECK(stage.exit_code(writer) == 0);
    stage.idle_turns(2);
  }
  CHECK_FALSE(stage.has_exited(cat));
  io->close_input();
  CHECK(stage.exit_code(cat) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(reader.bytes == bytes);
}

TEST_CASE("stdio: what the fifo holds when its input is closed is read before the end") {
  Stage stage;
  auto io = stage.open({.in = stage.fifo("in"), .out = stage.fifo("out")});
  Reader reader(stage.loop, stage.path("out"));
  {
    const Fd writer = open_writer(stage.path("in"));
    CHECK(write(writer.get(), "left over", 9) == 9);
  }
  io->close_input();
  const pid_t cat = stage.execute(*io, {"/bin/cat"});
  REQUIRE(io->begin());
  CHECK(stage.exit_code(cat) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(reader.bytes == "left over");
}

TEST_CASE("stdio: closed input ends only when the last writer has gone") {
  Stage stage;
  auto io = stage.open({.in = stage.fifo("in"), .out = stage.fifo("out")});
  Reader reader(stage.loop, stage.path("out"));
  const pid_t cat = stage.execute(*io, {"/bin/cat"});
  REQUIRE(io->begin());
  Fd writer = open_writer(stage.path("in"));
  io->close_input();
  CHECK_FALSE(stage.until([&] { return stage.has_exited(cat); }, 100));
  CHECK(write(writer.get(), "late", 4) == 4);
  writer.reset();
  CHECK(stage.exit_code(cat) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(reader.bytes == "late");
}

TEST_CASE("stdio: input without bytes, and input that nobody takes, do not turn the loop") {
  Stage stage;
  auto io = stage.open({.in = stage.fifo("in")});
  const pid_t child = stage.execute(*io, {"sleep", "60"});
  REQUIRE(io->begin());
  CHECK(stage.idle_turns(100) == 1);
  const Fd writer = open_writer(stage.path("in"));
  const std::string bytes(4096, 'x');
  const auto fill = [&] {
    while (write(writer.get(), bytes.data(), bytes.size()) > 0) {
    }
  };
  // The fifo and the pipe both hold 64 KiB.
  for (int i = 0; i < 10; i++) {
    fill();
    stage.idle_turns(2);
  }
  CHECK(errno == EAGAIN);
  CHECK(stage.idle_turns(100) == 1);
  io->close_input();
  CHECK(stage.idle_turns(100) == 1);
  kill(child, SIGKILL);
  CHECK(stage.exit_code(child) == -1);
  CHECK(stage.finish(*io) < 9000);
}

TEST_CASE("stdio: a process that leaves its input unread does no harm, and the writer hears of it") {
  Stage stage;
  auto io = stage.open({.in = stage.fifo("in"), .out = stage.fifo("out")});
  Reader reader(stage.loop, stage.path("out"));
  const pid_t child = stage.execute(*io, {"/bin/sh", "-c", "exec <&-; echo closed; exec sleep 60"});
  REQUIRE(io->begin());
  CHECK(stage.until([&] { return reader.bytes == "closed\n"; }));
  const Fd writer = open_writer(stage.path("in"));
  CHECK(write(writer.get(), "x", 1) == 1);
  CHECK(stage.until([&] { return write(writer.get(), "x", 1) < 0 && errno == EPIPE; }, 2000));
  CHECK_FALSE(stage.has_exited(child));
  kill(child, SIGKILL);
  CHECK(stage.exit_code(child) == -1);
  CHECK(stage.finish(*io) < 9000);
}
