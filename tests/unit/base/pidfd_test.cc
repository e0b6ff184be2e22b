#include "base/pidfd.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/spawn.h"
#include "tests/unit/few_descriptors.h"

TEST_CASE(
    "pidfd: a process that was forked has executed nothing yet, though its /proc/PID/exe names its parent's program") {
  CHECK(has_executed(getpid()));
  const pid_t child = fork();
  if (child == 0)
    for (;;) pause();
  CHECK_FALSE(has_executed(child));
  CHECK(read_start_time(child).has_value());
  CHECK(kill(child, SIGKILL) == 0);
  CHECK(waitpid(child, nullptr, 0) == child);
  CHECK_FALSE(has_executed(child));
  CHECK_FALSE(read_start_time(child).has_value());
}

TEST_CASE("pidfd: a child that no descriptor can be had of does not stay, be it a fork or another program") {
  const FewDescriptors few(0);
  const auto started = Spawn().run("/bin/sleep", {"sleep", "100"}, {});
  REQUIRE_FALSE(started);
  CHECK(started.error().err == EMFILE);
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}
