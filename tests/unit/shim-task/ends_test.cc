#include <doctest/doctest.h>

#include <csignal>

#include "runtime/shim/task/exits.h"
#include "runtime/shim/task/task.h"

using namespace shim;

namespace {

std::shared_ptr<Process> add(Task& task, const std::string& exec_id, pid_t pid, Process::State state) {
  auto process = exec_id.empty() ? task.init : (task.execs[exec_id] = std::make_shared<Process>());
  process->exec_id = exec_id;
  process->pid = pid;
  process->state = state;
  return process;
}

std::vector<std::string> take(Task& task) {
  std::vector<std::string> ids;
  for (const auto& process : take_ended(task)) ids.push_back(process->exec_id.empty() ? "init" : process->exec_id);
  return ids;
}

}  // namespace

using State = Process::State;
using Ids = std::vector<std::string>;

TEST_CASE("an end is told once") {
  Task task;
  const auto init = add(task, "", 1, State::running);
  CHECK(take(task) == Ids{});
  init->end = Exit{7, 1};
  CHECK(take(task) == Ids{"init"});
  CHECK(init->state == State::stopped);
  CHECK(take(task) == Ids{});
}

TEST_CASE("an end waits for its start to be told") {
  Task task;
  add(task, "", 1, State::running);
  const auto exec = add(task, "a", 2, State::starting);
  exec->end = Exit{0, 1};
  CHECK(take(task) == Ids{});
  exec->state = State::running;
  CHECK(take(task) == Ids{"a"});
}

TEST_CASE("init's end waits for those of all others") {
  Task task;
  const auto init = add(task, "", 1, State::running);
  const auto a = add(task, "a", 2, State::running);
  const auto b = add(task, "b", 0, State::starting);
  add(task, "c", 0, State::created);  // it will never start, and is not waited for
  init->end = Exit{137, 5};
  CHECK(take(task) == Ids{});
  CHECK(init->state == State::running);
  a->end = Exit{137, 6};
  CHECK(take(task) == Ids{"a"});
  b->state = State::running;
  b->pid = 3;
  CHECK(take(task) == Ids{});
  b->end = Exit{137, 7};
  CHECK(take(task) == Ids{"b", "init"});
}

TEST_CASE("ends that are told together are told in the order in which they came") {
  Task task;
  add(task, "", 1, State::running)->end = Exit{0, 1};
  add(task, "a", 2, State::running)->end = Exit{0, 3};
  add(task, "b", 3, State::running)->end = Exit{0, 2};
  CHECK(take(task) == Ids{"b", "a", "init"});
}

TEST_CASE("a created init that was killed is told of") {
  Task task;
  add(task, "", 1, State::created)->end = Exit{137, 1};
  CHECK(take(task) == Ids{"init"});
}

TEST_CASE("a process is found by its pid only until it has ended") {
  Task task;
  const auto init = add(task, "", 10, State::running);
  const auto a = add(task, "a", 11, State::running);
  CHECK(task.find_living(10) == init);
  CHECK(task.find_living(11) == a);
  CHECK(task.find_living(12) == nullptr);
  a->end = Exit{0, 1};
  CHECK(task.find_living(11) == nullptr);
  CHECK(task.find("") == init);
  CHECK(task.find("a") == a);
  CHECK(task.find("b") == nullptr);
}

TEST_CASE("the end of a process that nobody knows yet is kept, and given once") {
  EarlyExits early;
  early.keep(5, Exit{3, 1});
  early.keep(6, Exit{4, 1});
  CHECK(early.take(7) == std::nullopt);
  CHECK(early.take(5)->status == 3);
  CHECK(early.take(5) == std::nullopt);
  early.clear();
  CHECK(early.take(6) == std::nullopt);
}

TEST_CASE("a status of waitpid is told as callers know it") {
  CHECK(exit_now(7 << 8).status == 7);
  CHECK(exit_now(SIGKILL).status == 137);
  CHECK(exit_now(0x80 | SIGSEGV).status == 139);  // with a core
  CHECK(exit_now(0).at > 1'700'000'000'000'000'000);
}

TEST_CASE("an end has a reason when it came by a signal, or by want of memory") {
  using wire::ExitReason;
  CHECK(exit_now(7 << 8).reason == ExitReason::none);
  CHECK(exit_now(SIGTERM).reason == ExitReason::signaled);
  uint64_t kills = 1;
  Exit by_itself{0, 1}, of_hog{137, 2, ExitReason::signaled}, of_next{137, 3, ExitReason::signaled};
  for (Exit* const exit : {&by_itself, &of_hog, &of_next}) lay_to_memory(*exit, kills);
  CHECK(by_itself.reason == ExitReason::none);
  CHECK(of_hog.reason == ExitReason::oom_killed);
  CHECK(of_next.reason == ExitReason::signaled);
  CHECK(kills == 0);
  kills = 1;
  Exit of_shell{137, 4};
  lay_to_memory(of_shell, kills);
  CHECK(of_shell.reason == ExitReason::oom_killed);
}

TEST_CASE("time is seconds and nanoseconds, and none for none") {
  CHECK(timestamp(0) == std::nullopt);
  const auto at = timestamp(1'700'000'001'000'000'002);
  REQUIRE(at);
  CHECK(at->seconds == 1'700'000'001);
  CHECK(at->nanos == 2);
}
