// What a new supervisor makes of the runs of a container that another one has begun.
#include "runtime/kube/supervisor/past_runs.h"

#include <doctest/doctest.h>

using namespace kube;

namespace {

ContainerStatus unstarted() {
  return {.name = "web", .state = {.waiting = StateWaiting{.reason = "ContainerCreating"}}};
}

ContainerStatus started(const std::string& id, int64_t restarts) {
  ContainerStatus status = unstarted();
  status.state = {.running = StateRunning{Time{100}}};
  status.container_id = "nacelle://" + id;
  status.restart_count = restarts;
  return status;
}

}  // namespace

TEST_CASE("a start that the record knows of is not counted again") {
  ContainerStatus status = started("a", 2);
  note_start(status, "a", Time{150});
  CHECK(status.restart_count == 2);
  CHECK(status.state.running->started_at == Time{100});
  note_unseen_end(status, Time{200});
  REQUIRE(status.state.terminated);
  CHECK(status.state.terminated->exit_code == 137);
  CHECK(status.state.terminated->started_at == Time{100});
  CHECK(status.state.terminated->finished_at == Time{200});
  CHECK(count_starts(status) == 3);
}

TEST_CASE("a first start that was not written down is one; so it is when only its id was") {
  ContainerStatus status = unstarted();
  CHECK(count_starts(status) == 0);
  SUBCASE("nothing was") {}
  SUBCASE("a postStart handler was under way") {
    status.container_id = "nacelle://a";
  }
  note_start(status, "a", Time{150});
  CHECK(status.restart_count == 0);
  CHECK(status.container_id == "nacelle://a");
  REQUIRE(status.state.running);
  CHECK(status.state.running->started_at == Time{150});
  CHECK(count_starts(status) == 1);
}

TEST_CASE("another start that was not written down counts, and the run before has ended") {
  ContainerStatus status = started("a", 0);
  SUBCASE("which nobody has seen") {}
  SUBCASE("as is known") {
    status.state = {.terminated = StateTerminated{.exit_code = 137, .container_id = "nacelle://a"}};
  }
  SUBCASE("as is known, and a postStart handler is under way") {
    status.state = {.terminated = StateTerminated{.exit_code = 137, .container_id = "nacelle://a"}};
    status.container_id = "nacelle://b";
    status.restart_count = 1;
  }
  note_start(status, "b", Time{150});
  CHECK(status.restart_count == 1);
  CHECK(status.container_id == "nacelle://b");
  REQUIRE(status.last_state.terminated);
  CHECK(status.last_state.terminated->container_id == "nacelle://a");
  CHECK(status.last_state.terminated->exit_code == 137);
}

TEST_CASE("a run whose end is known stays as it ended, though its state is still there") {
  ContainerStatus status = unstarted();
  status.container_id = "nacelle://a";
  const StateTerminated end{.exit_code = 3, .container_id = "nacelle://a"};
  SUBCASE("just now") {
    status.state = {.terminated = end};
    note_start(status, "a", Time{150});
    CHECK(status.state.terminated->exit_code == 3);
  }
  SUBCASE("before its back-off") {
    status.last_state = {.terminated = end};
    note_start(status, "a", Time{150});
    CHECK(status.state.waiting);
  }
}
