#include "base/signals.h"

#include <doctest/doctest.h>

TEST_CASE("signals: by name with and without SIG, in any case, and by number") {
  for (const char* text : {"SIGTERM", "TERM", "term", "SigTerm", "15"}) CHECK(parse_signal(text) == SIGTERM);
  CHECK(parse_signal("KILL") == SIGKILL);
  CHECK(parse_signal("WINCH") == SIGWINCH);
  CHECK(parse_signal("IOT") == SIGABRT);
  CHECK(parse_signal("SIGRTMIN") == SIGRTMIN);
  CHECK(parse_signal("SIGRTMIN+3") == SIGRTMIN + 3);
  CHECK(parse_signal("RTMAX-1") == SIGRTMAX - 1);
  CHECK(parse_signal("37") == 37);
}

TEST_CASE("signals: what is none is refused") {
  for (const char* text :
       {"", "0", "-9", "65", "9x", " 9", "FOO", "SIG", "SIGSIGTERM", "RTMIN+", "RTMIN+99", "RTMIN-1"})
    CHECK_MESSAGE(!parse_signal(text), text);
}

TEST_CASE("signals: those that end the container are passed on, those of our own faults are not") {
  const sigset_t set = forwarded_signals();
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGWINCH, SIGCONT}) CHECK(sigismember(&set, signal));
  for (int signal : {SIGCHLD, SIGSEGV, SIGPIPE, SIGTSTP}) CHECK(!sigismember(&set, signal));
}
