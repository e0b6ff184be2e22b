#include "base/pidfd.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

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
