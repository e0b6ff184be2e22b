#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/file.h"
#include "tests/unit/shim-stdio/stage.h"

TEST_CASE("stdio: 5 MB in pieces of random sizes arrive byte for byte") {
  Stage stage;
  auto io = stage.open({.out = stage.fifo("out")});
  Reader reader(stage.loop, stage.path("out"));
  const std::string bytes = noise(5'000'000);
  const pid_t child = stage.call(io->child_stdio(), [&] { return write_in_pieces(1, bytes, 9000); });
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(stage.until([&] { return reader.has_ended; }));
  CHECK(reader.bytes == bytes);
}

TEST_CASE("stdio: both outputs, each to its own fifo; nothing is held back") {
  Stage stage;
  auto io = stage.open({.out = "fifo://" + stage.fifo("out"), .err = stage.fifo("err")});
  Reader out(stage.loop, stage.path("out")), err(stage.loop, stage.path("err"));
  const pid_t child = stage.execute(*io, {"/bin/sh", "-c", "echo to out; echo to err >&2; exec sleep 60"});
  REQUIRE(io->begin());
  CHECK(stage.until([&] { return out.bytes == "to out\n" && err.bytes == "to err\n"; }));
  kill(child, SIGKILL);
  CHECK(stage.exit_code(child) == -1);
  CHECK(stage.finish(*io) >= 0);
  CHECK(stage.until([&] { return out.has_ended && err.has_ended; }));
}

TEST_CASE("stdio: both outputs to one fifo keep their order") {
  Stage stage;
  const std::string out = stage.fifo("out");
  auto io = stage.open({.out = out, .err = out});
  Reader reader(stage.loop, out);
  const pid_t child = stage.execute(*io, {"/bin/sh", "-c", "for i in 1 2 3; do echo o$i; echo e$i >&2; done"});
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) >= 0);
  CHECK(reader.bytes == "o1\ne1\no2\ne2\no3\ne3\n");
}

TEST_CASE("stdio: nobody reads: the process waits, the loop sleeps; then all of it arrives") {
  Stage stage;
  auto io = stage.open({.out = stage.fifo("out")});
  const std::string bytes = noise(1'000'000);
  const pid_t child = stage.call(io->child_stdio(), [&] { return write_in_pieces(1, bytes, 5000); });
  REQUIRE(io->begin());
  CHECK_FALSE(stage.until([&] { return stage.has_exited(child); }, 300));
  CHECK(stage.idle_turns(200) <= 2);
  Reader reader(stage.loop, stage.path("out"));
  reader.most = 1000;
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) >= 0);
  CHECK(stage.until([&] { return reader.has_ended; }));
  CHECK(reader.bytes == bytes);
}

TEST_CASE("stdio: readers go and others come: nothing is lost, nothing doubled") {
  Stage stage;
  auto io = stage.open({.out = stage.fifo("out")});
  const std::string bytes = noise(3'000'000);
  const pid_t child = stage.call(io->child_stdio(), [&] { return write_in_pieces(1, bytes, 3000); });
  REQUIRE(io->begin());
  std::string got;
  for (int restarts = 0; restarts < 20; restarts++) {
    Reader reader(stage.loop, stage.path("out"));
    CHECK(stage.until([&] { return reader.bytes.size() > 100'000; }));
    got += reader.bytes;
    reader.close();
    stage.idle_turns(2);
  }
  Reader reader(stage.loop, stage.path("out"));
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) >= 0);
  CHECK(stage.until([&] { return reader.has_ended; }));
  CHECK(got + reader.bytes == bytes);
}

TEST_CASE("stdio: the last words of a process that ends while nobody reads are kept for the reader that comes") {
  Stage stage;
  const auto before = open_descriptors();
  auto io = stage.open({.out = stage.fifo("out"), .err = stage.fifo("err")});
  const pid_t child = stage.execute(*io, {"/bin/sh", "-c", "echo last words; echo of both >&2"});
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(stage.idle_turns(100) == 1);
  {
    Reader late(stage.loop, stage.path("out"));
    CHECK(stage.until([&] { return late.has_ended; }));
    CHECK(late.bytes == "last words\n");
  }
  CHECK(open_descriptors().size() == before.size() + 2);
  io.reset();
  CHECK(open_descriptors() == before);
  const Fd too_late(open(stage.path("err").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  char byte;
  CHECK(read(too_late.get(), &byte, 1) == 0);
}

TEST_CASE("stdio: what a stuck reader has not taken at the time limit is still there for it") {
  Stage stage;
  auto io = stage.open({.out = stage.fifo("out")});
  const std::string bytes = noise(1'000'000);
  const pid_t child = stage.call(io->child_stdio(), [&] { return write_in_pieces(1, bytes, 5000); });
  REQUIRE(io->begin());
  stage.idle_turns(100);
  kill(child, SIGKILL);
  CHECK(stage.exit_code(child) == -1);
  CHECK(stage.finish(*io, 100) >= 100);
  Reader reader(stage.loop, stage.path("out"));
  CHECK(stage.until([&] { return reader.has_ended; }));
  CHECK(reader.bytes.size() > 30'000);
  CHECK(bytes.starts_with(reader.bytes));
}

TEST_CASE("stdio: one stuck reader does not hold up another process") {
  Stage stage;
  auto stuck = stage.open({.out = stage.fifo("stuck")}), free = stage.open({.out = stage.fifo("free")});
  Reader reader(stage.loop, stage.path("free"));
  const std::string bytes = noise(2'000'000);
  const pid_t first = stage.call(stuck->child_stdio(), [&] { return write_in_pieces(1, bytes, 5000); });
  REQUIRE(stuck->begin());
  stage.idle_turns(20);
  const pid_t second = stage.call(free->child_stdio(), [&] { return write_in_pieces(1, bytes, 5000); });
  REQUIRE(free->begin());
  CHECK(stage.exit_code(second) == 0);
  CHECK(stage.finish(*free) >= 0);
  CHECK(reader.bytes == bytes);
  CHECK_FALSE(stage.has_exited(first));
  kill(first, SIGKILL);
  CHECK(stage.exit_code(first) == -1);
}

TEST_CASE("stdio: a grandchild that holds the pipe costs the time limit and no byte") {
  Stage stage;
  auto io = stage.open({.out = stage.fifo("out")});
  Reader reader(stage.loop, stage.path("out"));
  const pid_t child = stage.execute(*io, {"/bin/sh", "-c", "sleep 30 & echo $!"});
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  const int64_t took = stage.finish(*io, 300);
  CHECK(took >= 300);
  CHECK(took < 9000);
  CHECK(stage.until([&] { return reader.has_ended; }));
  const pid_t grandchild = atoi(reader.bytes.c_str());
  REQUIRE(grandchild > 1);
  CHECK(kill(grandchild, SIGKILL) == 0);
}

TEST_CASE("stdio: with no time at all, what the pipe holds still arrives") {
  Stage stage;
  auto io = stage.open({.out = stage.fifo("out")});
  const std::string bytes = noise(60'000);
  const pid_t child = stage.call(io->child_stdio(), [&] { return write_in_pieces(1, bytes, 60'000); });
  CHECK(stage.exit_code(child) == 0);
  Reader reader(stage.loop, stage.path("out"));
  reader.pause();
  REQUIRE(io->begin());
  CHECK(stage.finish(*io, 0) >= 0);
  reader.resume();
  CHECK(stage.until([&] { return reader.has_ended; }));
  CHECK(reader.bytes == bytes);
}

TEST_CASE("stdio: file:// is made with its parents and appended to, both outputs in order") {
  Stage stage;
  const std::string address = "file://" + stage.path("a/b/log");
  for (int round = 0; round < 2; round++) {
    auto io = stage.open({.out = address, .err = address});
    const pid_t child = stage.execute(*io, {"/bin/sh", "-c", "for i in 1 2; do echo o$i; echo e$i >&2; done"});
    REQUIRE(io->begin());
    CHECK(stage.exit_code(child) == 0);
    CHECK(stage.finish(*io) >= 0);
  }
  CHECK(*read_file(stage.path("a/b/log")) == "o1\ne1\no2\ne2\no1\ne1\no2\ne2\n");
}

TEST_CASE("stdio: 5 MB into a file, the other output into one that is there already") {
  Stage stage;
  REQUIRE(replace_file(stage.path("err"), "before\n"));
  auto io = stage.open({.out = "file://" + stage.path("out"), .err = stage.path("err")});
  const std::string bytes = noise(5'000'000);
  const pid_t child = stage.call(io->child_stdio(),
                                 [&] { return write_in_pieces(1, bytes, 70'000) + write_in_pieces(2, "after\n", 2); });
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(*read_file(stage.path("out")) == bytes);
  CHECK(*read_file(stage.path("err")) == "before\nafter\n");
}

TEST_CASE("stdio: a full disk costs the output, not the process") {
  Stage stage;
  auto io = stage.open({.out = "/dev/full"});
  const std::string bytes = noise(300'000);
  const pid_t child = stage.call(io->child_stdio(), [&] { return write_in_pieces(1, bytes, 5000); });
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
}

TEST_CASE("stdio: nothing asked for is /dev/null") {
  Stage stage;
  auto io = stage.open({});
  const std::string script =
      "for i in 0 1 2; do [ \"$(readlink /proc/$$/fd/$i)\" = /dev/null ] || exit 1; done; echo away; ! read -r line";
  const pid_t child = stage.execute(*io, {"/bin/sh", "-c", script});
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
}

TEST_CASE("stdio: the process's ends belong to whom they are to") {
  Stage stage;
  auto io = stage.open({.in = stage.fifo("in"), .out = stage.fifo("out"), .err = stage.fifo("err")},
                       {.owner_uid = 1234, .owner_gid = 4321});
  for (const int end : io->child_stdio()) {
    struct stat info;
    REQUIRE(fstat(end, &info) == 0);
    CHECK(S_ISFIFO(info.st_mode));
    CHECK(info.st_uid == 1234);
    CHECK(info.st_gid == 4321);
    CHECK((fcntl(end, F_GETFL) & O_NONBLOCK) == 0);
  }
}

TEST_CASE("stdio: every descriptor is close-on-exec; few are kept, and none after the end") {
  Stage stage;
  const auto before = open_descriptors();
  auto io = stage.open({.in = stage.fifo("in"), .out = stage.fifo("out"), .err = stage.fifo("err")});
  for (const int fd : open_descriptors())
    if (fd > before.back()) CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  const pid_t child = stage.execute(*io, {"true"});
  REQUIRE(io->begin());
  CHECK(open_descriptors().size() == before.size() + 7);  // in: reader, writer, pipe; out and err: pipe, fifo
  CHECK(io->child_stdio() == std::array{-1, -1, -1});
  CHECK(io->console_socket() == -1);
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(open_descriptors() == before);
}

TEST_CASE("stdio: what cannot be opened is named") {
  Stage stage;
  const std::string file = stage.path("file"), missing = stage.path("missing");
  REQUIRE(replace_file(file, ""));
  CHECK(stage.refusal({.in = missing}) == "stdin: open '" + missing + "': No such file or directory");
  CHECK(stage.refusal({.in = file}) == "stdin: '" + file + "': not a fifo");
  CHECK(stage.refusal({.in = "file://" + file}) == "stdin: '" + file + "': input comes from a fifo only");
  CHECK(stage.refusal({.in = "x://y"}) ==
        "stdin: 'x://y': unknown scheme (hint: fifo://, file:// and binary:// are known)");
  CHECK(stage.refusal({.out = missing}) == "stdout: open '" + missing + "': No such file or directory");
  CHECK(stage.refusal({.err = "fifo://" + file}) == "stderr: '" + file + "': not a fifo");
  CHECK(stage.refusal({.out = stage.dir}) == "stdout: open '" + stage.dir + "': Is a directory");
  CHECK(stage.refusal({.out = "file://" + file + "/log"}) == "stdout: open '" + file + "/log': Not a directory");
  CHECK(stage.refusal({.err = "binary:///l"}) ==
        "stderr: 'binary:///l': a logging program takes both outputs (hint: stdout and stderr are to name the same "
        "program)");
  CHECK(stage.refusal({.out = "binary:///l", .err = file}) ==
        "stderr: '" + file +
            "': a logging program takes both outputs (hint: stdout and stderr are to name the same program)");
}
