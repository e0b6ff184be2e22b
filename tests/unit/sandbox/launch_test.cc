// The child for real, as far as it goes without privileges: it is launched, walks a plan and talks back.
#include "sandbox/launch.h"

#include <doctest/doctest.h>
#include <sys/prctl.h>

#include "base/file.h"

using namespace sandbox;

namespace {

Result<int> run(Plan& plan) {
  auto child = launch(plan, {});
  if (!child) return std::unexpected(child.error());
  auto followed = child->follow(plan, Barrier::exec, {});
  if (!followed) return std::unexpected(followed.error());
  return wait_exit(child->let_go());
}

void add_exec(Plan& plan, const std::vector<std::string>& args) {
  plan.begin("exec");
  uint32_t list = plan.strings(args);
  plan.add(OpCode::report, {.x = static_cast<uint64_t>(Barrier::exec)});
  plan.add(OpCode::exec, {.a = list, .b = plan.strings({"A=b"})});
}

}  // namespace

TEST_CASE("launch: the program runs with the arguments and environment of the plan") {
  Plan plan;
  add_exec(plan, {"/bin/sh", "-c", "test \"$A\" = b && exit 7"});
  auto code = run(plan);
  REQUIRE_MESSAGE(code, code.error().text());
  CHECK(*code == 7);
}

TEST_CASE("launch: a failing operation comes back in words, and the child is gone") {
  Plan plan;
  plan.begin("linux.sysctl 'nope'");
  int16_t proc = plan.slot();
  plan.add(OpCode::open_host, {.out = proc, .a = plan.text("/proc"), .x = 010000000});
  plan.add(OpCode::write, {.in = proc, .a = plan.text("sys/nope"), .b = plan.text("1")});
  add_exec(plan, {"/bin/true"});
  CHECK(run(plan).error().text() == "linux.sysctl 'nope': openat: No such file or directory");
}

TEST_CASE("launch: an error that has a fallback goes on there") {
  Plan plan;
  int16_t slot = plan.slot();
  size_t open = plan.add(OpCode::open_host, {.out = slot, .a = plan.text("/nowhere")});
  add_exec(plan, {"/bin/false"});
  plan.on_errno_skip_here(open, kOnMissing);
  add_exec(plan, {"/bin/true"});
  CHECK(*run(plan) == 0);
}

TEST_CASE("launch: the exec's own failure is heard") {
  Plan plan;
  add_exec(plan, {"/etc/passwd"});
  CHECK(run(plan).error().text() == "exec: Permission denied");
}

TEST_CASE("launch: nothing is open in the program but 0, 1, 2") {
  Plan plan;
  plan.slot(*memory_file("leak", "x"));
  auto leaked = memory_file("leaked by the caller", "x");
  add_exec(
      plan,
      {"/bin/sh", "-c",
       "set -- /proc/self/fd/*; for fd; do case $fd in */[012]) ;; *) test -e $fd && exit 1;; esac; done; exit 0"});
  CHECK(*run(plan) == 0);
}

TEST_CASE("launch: a barrier holds the child until the parent has done its part, and an error there ends it") {
  Plan plan;
  plan.add(OpCode::barrier, {.x = static_cast<uint64_t>(Barrier::rootfs)});
  add_exec(plan, {"/bin/true"});
  auto child = launch(plan, {});
  REQUIRE(child);
  int seen = 0;
  auto refused = child->follow(plan, Barrier::exec, [&](Barrier barrier, const Fd&) -> Result<> {
    CHECK(barrier == Barrier::rootfs);
    seen++;
    return fail("hooks.createRuntime[0]: exit status 1");
  });
  CHECK(seen == 1);
  CHECK(refused.error().text() == "hooks.createRuntime[0]: exit status 1");
}

TEST_CASE("launch: a hook's exit status and its timeout are told apart") {
  auto hook_plan = [](const char* command, int timeout) {
    Plan plan;
    plan.begin("hooks.startContainer[0]");
    HookData hook{};
    hook.path = plan.text("/bin/sh");
    hook.args = plan.strings({"sh", "-c", command});
    hook.env = plan.strings({});
    hook.timeout = timeout;
    hook.state = -1;
    int16_t output = plan.slot(*memory_file("hook", ""));
    hook.output = output;
    plan.add(OpCode::hook, {.a = plan.data(hook)});
    add_exec(plan, {"/bin/true"});
    return run(plan);
  };
  CHECK(*hook_plan("exit 0", 0) == 0);
  CHECK(hook_plan("echo one; echo two >&2; exit 3", 5).error().text() == "hooks.startContainer[0]: exit status 3: two");
  CHECK(hook_plan("sleep 5", 1).error().text() == "hooks.startContainer[0]: killed after its timeout");
}
