#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "base/file.h"
#include "base/text.h"
#include "tests/unit/shim-stdio/stage.h"

namespace {

// What when_ready() says: "ready", the error's text, or nothing yet.
struct Readiness {
  explicit Readiness(shim::ProcessIo& io) {
    io.when_ready([this](Result<> ready) { said = ready ? "ready" : ready.error().text(); });
  }
  std::string said;
};

std::string contents(const std::string& path) {
  auto text = read_file(path);
  return text ? *text : "(none)";
}

// Copies 3 and 4 to files, and ends by itself.
constexpr const char* kCopies = "cat <&3 >out & cat <&4 >err & echo >&5; exec 5>&-; wait; echo done >done\n";

}  // namespace

TEST_CASE("stdio: a logging program gets its arguments, two variables, and the outputs as 3 and 4") {
  Stage stage;
  const std::string program = stage.script(
      "logger",
      cat("for word; do echo \"$word\"; done >arguments; tr '\\0' '\\n' </proc/$$/environ >environment\n"
          "(cd /proc/$$/fd; for i in 0 1 2 3 4 5 6 7 8 9; do readlink $i; done) | sed 's/:.*//' >descriptors\n",
          kCopies));
  const std::string address = "binary://" + program + "?tag=a%20b&env.COLOR=red&env.CONTAINER_ID=x&empty";
  auto io =
      stage.open({.out = address, .err = address}, {.ns = "k8s.io", .container_id = "web", .work_dir = stage.dir});
  stage.watched = {io.get()};
  Readiness readiness(*io);
  CHECK(readiness.said.empty());
  CHECK(stage.until([&] { return readiness.said == "ready"; }));
  const pid_t child = stage.execute(*io, {"/bin/sh", "-c", "echo to out; echo to err >&2"});
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(contents(stage.path("out")) == "to out\n");
  CHECK(contents(stage.path("err")) == "to err\n");
  CHECK(contents(stage.path("done")) == "done\n");
  CHECK(contents(stage.path("arguments")) == "tag\na b\nempty\n\n");
  CHECK(contents(stage.path("environment")) == "CONTAINER_ID=web\nCONTAINER_NAMESPACE=k8s.io\nCOLOR=red\n");
  // dash keeps its script open as the first one from 10 on.
  CHECK(contents(stage.path("descriptors")) == "/dev/null\n/dev/null\n/dev/null\npipe\npipe\npipe\n");
}

TEST_CASE("stdio: a process that does not wait for its logging program loses nothing") {
  Stage stage;
  const std::string program = stage.script("logger", std::string("sleep 0.3\n") + kCopies);
  auto io = stage.open({.out = "binary://" + program}, {.work_dir = stage.dir});
  stage.watched = {io.get()};
  const pid_t child = stage.execute(*io, {"/bin/sh", "-c", "echo early; echo too >&2"});
  REQUIRE(io->begin());
  CHECK(stage.exit_code(child) == 0);
  CHECK(stage.finish(*io) < 9000);
  CHECK(contents(stage.path("out")) == "early\n");
  CHECK(contents(stage.path("err")) == "too\n");
}

TEST_CASE("stdio: a logging program that reads on after the end is told to stop after a second, and waited for") {
  Stage stage;
  const std::string program =
      stage.script("logger", "trap 'echo told >told; exit' TERM; exec 5>&-; while :; do sleep 0.02; done\n");
  auto io = stage.open({.out = "binary://" + program}, {.work_dir = stage.dir});
  stage.watched = {io.get()};
  Readiness readiness(*io);
  CHECK(stage.until([&] { return readiness.said == "ready"; }));  // an end of file counts
  REQUIRE(io->begin());
  const int64_t took = stage.finish(*io);
  CHECK(took >= 1000);
  CHECK(took < 5000);
  CHECK(contents(stage.path("told")) == "told\n");
}

TEST_CASE("stdio: the output of a terminal goes to a logging program as 3") {
  Stage stage;
  const std::string program = stage.script("logger", kCopies);
  auto io = stage.open({.out = "binary://" + program, .terminal = true}, {.work_dir = stage.dir});
  stage.watched = {io.get()};
  const Fd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(unlockpt(master.get()) == 0);
  Fd slave(open(ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(send_descriptor(io->console_socket(), "/dev/ptmx", master.get()));
  REQUIRE(io->begin());
  CHECK(write(slave.get(), "shown", 5) == 5);
  slave.reset();
  CHECK(stage.finish(*io) < 9000);
  CHECK(contents(stage.path("out")) == "shown");
  CHECK(contents(stage.path("err")).empty());
}

TEST_CASE("stdio: binary-v2:// has to say that it is ready by a byte") {
  Stage stage;
  const std::string crashes = stage.script("crashes", "exit 1\n"), works = stage.script("works", kCopies);
  auto bad = stage.open({.out = "binary-v2://" + crashes}, {.work_dir = stage.dir});
  auto good = stage.open({.out = "binary-v2://" + works}, {.work_dir = stage.dir});
  stage.watched = {bad.get(), good.get()};
  Readiness first(*bad), second(*good);
  CHECK(stage.until([&] { return !first.said.empty() && !second.said.empty(); }));
  CHECK(first.said == "the logging program '" + crashes + "' closed descriptor 5 without a byte");
  CHECK(second.said == "ready");
  REQUIRE(good->begin());
  CHECK(stage.finish(*good) < 9000);
}

TEST_CASE("stdio: a logging program that cannot be executed is named") {
  Stage stage;
  const std::string missing = stage.path("missing");
  CHECK(stage.refusal({.out = "binary://" + missing}) ==
        "stdout: the logging program '" + missing + "': cannot be executed: No such file or directory");
}

TEST_CASE("stdio: without a logging program a process may be started at once") {
  Stage stage;
  auto io = stage.open({});
  Readiness readiness(*io);
  CHECK(readiness.said == "ready");
}

TEST_CASE("stdio: a logging program has 10 s to get ready; one that does not heed SIGTERM is killed after 12 s") {
  Stage stage;
  const std::string stuck = stage.script("stuck", "trap '' TERM; echo $$ >pid; while :; do sleep 0.1; done\n");
  auto waiting = stage.open({.out = "binary://" + stuck}, {.work_dir = stage.dir});
  REQUIRE(stage.until([&] { return contents(stage.path("pid")).ends_with("\n"); }));
  const pid_t first = atoi(contents(stage.path("pid")).c_str());
  Readiness readiness(*waiting);
  const int64_t began = monotonic_ms();
  REQUIRE(unlink(stage.path("pid").c_str()) == 0);
  {
    auto given_up = stage.open({.out = "binary://" + stuck}, {.work_dir = stage.dir});
    REQUIRE(stage.until([&] { return contents(stage.path("pid")).ends_with("\n"); }));
  }
  const pid_t second = atoi(contents(stage.path("pid")).c_str());
  CHECK(stage.until([&] { return !readiness.said.empty(); }));
  CHECK(readiness.said == "the logging program '" + stuck + "' is not ready after 10 s");
  CHECK(monotonic_ms() - began >= 10'000);
  CHECK(stage.until([&] { return stage.has_exited(second); }));
  CHECK(monotonic_ms() - began >= 12'000);
  CHECK(WTERMSIG(stage.statuses[second]) == SIGKILL);
  waiting.reset();
  CHECK(kill(first, SIGKILL) == 0);
  CHECK(stage.exit_code(first) == -1);
}
