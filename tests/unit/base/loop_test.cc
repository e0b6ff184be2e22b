#include "base/loop.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <vector>

#include "base/lock.h"

TEST_CASE("loop: what a descriptor had to say does not reach the one that has its number now") {
  Loop loop = *Loop::create();
  // Both are ready in one round; whichever is asked first closes the other, and another takes that one's number.
  int ready[2] = {eventfd(1, EFD_CLOEXEC), eventfd(1, EFD_CLOEXEC)};
  bool is_reached = false;
  int calls = 0;
  for (const int which : {0, 1})
    REQUIRE(loop.watch(ready[which], [&, which] {
      calls++;
      const int other = ready[1 - which];
      loop.forget(other);
      close(other);
      REQUIRE(eventfd(0, EFD_CLOEXEC) == other);
      REQUIRE(loop.watch(other, [&] { is_reached = true; }));
    }));
  REQUIRE(loop.turn());
  CHECK(calls == 1);
  CHECK_FALSE(is_reached);
  for (const int fd : ready) {
    loop.forget(fd);
    close(fd);
  }
}

TEST_CASE("loop: a descriptor goes on being watched when other events are asked for") {
  Loop loop = *Loop::create();
  const Fd fd(eventfd(0, EFD_CLOEXEC));
  std::vector<uint32_t> seen;
  REQUIRE(loop.watch(fd.get(), EPOLLIN, [&](uint32_t events) { seen.push_back(events); }));
  REQUIRE(loop.change(fd.get(), EPOLLOUT));
  REQUIRE(loop.turn());
  CHECK(seen == std::vector<uint32_t>{EPOLLOUT});
}

TEST_CASE("lock: whoever does not wait is told that somebody else has it, and has it once that one is gone") {
  char folder[] = "/tmp/nacelle-unit-XXXXXX";
  REQUIRE(mkdtemp(folder));
  const std::string path = std::string(folder) + "/lock", link = std::string(folder) + "/link";
  {
    const Result<Fd> held = lock_file(path);
    REQUIRE(held);
    CHECK((fcntl(held->get(), F_GETFD) & FD_CLOEXEC) != 0);
    CHECK(lock_file(path, false).error().err == EWOULDBLOCK);
  }
  CHECK(lock_file(path, false));
  REQUIRE(symlink(path.c_str(), link.c_str()) == 0);
  CHECK(lock_file(link).error().err == ELOOP);
  unlink(link.c_str());
  unlink(path.c_str());
  rmdir(folder);
}
