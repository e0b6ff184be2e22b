// Commands in containers, where none can be started.
#include <doctest/doctest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "tests/unit/kube-probes/server.h"

namespace {

// As long as this lives so many descriptors can be opened and no more.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t count) {
    const Fd next(dup(0));
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
    rlimit few = before_;
    few.rlim_cur = static_cast<rlim_t>(next.get()) + count;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);
  }
  FewDescriptors(const FewDescriptors&) = delete;
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

}  // namespace

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
