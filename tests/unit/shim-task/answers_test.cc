#include <doctest/doctest.h>

#include <cerrno>
#include <csignal>

#include "base/text.h"
#include "runtime/shim/task/asker.h"
#include "runtime/shim/task/making.h"
#include "runtime/shim/task/worker.h"

using namespace shim;

TEST_CASE("an answer of a worker comes back as it was given") {
  for (const std::string text : {"", "hello", "with\0zero"}) {
    const auto back = unpack_answer(pack_answer(text), 0);
    REQUIRE(back);
    CHECK(*back == text);
  }
}

TEST_CASE("an error of a worker comes back whole") {
  const auto back = unpack_answer(pack_answer(fail_errno(EACCES, "open 'x'", "ask root")), 0);
  REQUIRE(!back);
  CHECK(back.error().err == EACCES);
  CHECK(back.error().message == "open 'x'");
  CHECK(back.error().hint == "ask root");
  CHECK(!is_lost_worker(back.error()));
}

TEST_CASE("a worker that gave no answer, or a part of one, is lost") {
  const std::string whole = pack_answer(std::string("hello"));
  for (size_t size = 0; size < whole.size(); size++) {
    const auto back = unpack_answer(whole.substr(0, size), SIGSEGV);
    REQUIRE(!back);
    CHECK(back.error().text() == "the worker was killed by signal 11");
    CHECK(is_lost_worker(back.error()));
  }
  const auto ended = unpack_answer("", 1 << 8);
  REQUIRE(!ended);
  CHECK(ended.error().text() == "the worker ended with code 1 and no answer");
  CHECK(is_lost_worker(ended.error()));
  CHECK(!unpack_answer(whole + "x", 0));
}

TEST_CASE("errors have the codes that containerd acts on") {
  const auto code = [](const char* message) { return code_of(Error{0, message, ""}); };
  CHECK(code("container does not exist: 'web'") == wire::Code::not_found);
  CHECK(code("create 'web': container 'web' already exists") == wire::Code::already_exists);
  CHECK(code("pause 'web': container not running: it is created") == wire::Code::failed_precondition);
  CHECK(code("resume 'web': container not paused") == wire::Code::failed_precondition);
  CHECK(code("start 'web': cannot start a container that has stopped") == wire::Code::failed_precondition);
  CHECK(code("exec in 'web': cannot exec in a paused container") == wire::Code::failed_precondition);
  CHECK(code("create 'web': mounts[3]: move_mount") == wire::Code::unknown);
}

TEST_CASE("what a worker tells of a container comes back, blanks in its cgroup's name and all") {
  for (const std::string path : {"", "/a/b", "/with two blanks"}) {
    const auto made = unpack_made(pack(Made{42, true, false, path}));
    REQUIRE(made);
    CHECK(made->pid == 42);
    CHECK(made->is_cgroup_systemd);
    CHECK(!made->has_own_pids);
    CHECK(made->cgroup_path == path);
  }
  CHECK(!unpack_made("rubbish"));
  CHECK(!unpack_made(""));
}
