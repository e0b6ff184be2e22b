// Commands in containers, where none can be started.
#include <doctest/doctest.h>
#include <sys/wait.h>

#include <cerrno>

#include "tests/unit/few_descriptors.h"
#include "tests/unit/kube-probes/server.h"

TEST_CASE("exec: a worker that cannot be watched, for want of a descriptor, does not stay") {
  Loop loop = *Loop::create();
  kube::HandlerResult result;
  {
    const FewDescriptors few(4);  // a pair for the answers, a pair for the output
    result = ask(loop, kube::ExecAction{{"true"}});
  }
  CHECK(result.outcome == kube::HandlerResult::Outcome::unknown);
  CHECK(result.message.find("Too many open files") != std::string::npos);
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
  CHECK(errno == ECHILD);
}
