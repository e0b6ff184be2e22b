#include "sandbox/plan.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "sandbox/plan_devices.h"
#include "sandbox/plan_mounts.h"
#include "sandbox/plan_namespaces.h"
#include "sandbox/plan_process.h"
#include "sandbox/plan_rootfs.h"

using namespace sandbox;

namespace {

Message failure(uint32_t op, int err, uint32_t step, const char* detail = "") {
  Message message{};
  message.kind = Message::failed;
  message.value = op;
  message.err = err;
  message.step = step;
  strncpy(message.detail, detail, sizeof message.detail - 1);
  return message;
}

}  // namespace

TEST_CASE("plan: operations keep their order, their texts and the field they come from") {
  Plan plan;
  plan.begin("hostname 'web'");
  plan.add(OpCode::hostname, {.a = plan.text("web")});
  plan.begin("root");
  size_t mount = plan.add(OpCode::fs_mount, {.in = 0, .out = 1});
  plan.add(OpCode::open_tree, {.out = 1, .a = plan.text("/sys"), .x = 1});
  plan.on_errno_skip_here(mount, kOnDenied);
  CHECK(plan.print() ==
        "0\thostname 'web'\t# hostname 'web'\n"
        "1\tfs_mount slot 0 -> slot 1 (may fail: then 3)\t# root\n"
        "2\topen_tree '/sys' -> slot 1 0x1\t# root\n");
}

TEST_CASE("plan: the image holds header, operations, slots and arena, aligned for the child") {
  Plan plan;
  plan.borrowed_slot(7);
  plan.add(OpCode::setsid, {});
  uint64_t value = 0x1122334455667788;
  uint32_t offset = plan.data(value);
  std::string image = plan.image();
  Header header;
  memcpy(&header, image.data(), sizeof header);
  CHECK(header.magic == kMagic);
  CHECK(header.op_count == 1);
  CHECK(header.keep_fds == 3);
  int32_t slot = 0;
  memcpy(&slot, image.data() + sizeof header + sizeof(Op), sizeof slot);
  CHECK(slot == 7);
  size_t arena = image.size() - header.arena_size;
  CHECK((arena + offset) % 8 == 0);
  CHECK(memcmp(image.data() + arena + offset, &value, sizeof value) == 0);
}

TEST_CASE("plan: a failure is worded with the field, the step and the reason") {
  Plan plan;
  plan.begin("mounts[3] '/data'");
  plan.add(OpCode::move_mount, {.in = 0, .out = 1});
  CHECK(plan.explain(failure(0, EACCES, SYS_move_mount)).text() == "mounts[3] '/data': move_mount: Permission denied");
  CHECK(plan.explain(failure(kNoOp, ENOSYS, SYS_execveat)).text() ==
        "start the container's init: exec of the container's init: Function not implemented");
}

TEST_CASE("plan: words of a hook or of the kernel stay on their line, whatever is in them") {
  Plan plan;
  plan.begin("hooks.createContainer[0] '/bin/hook'");
  plan.add(OpCode::hook, {});
  CHECK(plan.explain(failure(0, 3, kStepHookExit, "first\nlast \x1b[2J\x07 line\n")).text() ==
        "hooks.createContainer[0] '/bin/hook': exit status 3: last \\x1b[2J\\x07 line");
}

TEST_CASE("plan: what the kernel says about a mount option is passed on") {
  Plan plan;
  plan.begin("mounts[1] '/dev'");
  plan.add(OpCode::fs_set, {.in = 0, .a = plan.text("siez"), .b = plan.text("64k")});
  CHECK(plan.explain(failure(0, EINVAL, SYS_fsconfig, "e tmpfs: Unknown parameter 'siez'\n")).text() ==
        "mounts[1] '/dev': option 'siez=64k': tmpfs: Unknown parameter 'siez': Invalid argument");
}

TEST_CASE("plan: an executable that is not found reads as callers expect it") {
  Process process;
  process.args = {"nope"};
  process.env = {"PATH=/usr/bin:/bin"};
  Plan plan;
  plan_process(plan, process, {});
  uint32_t find = 0;
  while (plan.ops()[find].code != OpCode::find_executable) find++;
  CHECK(plan.explain(failure(find, ENOENT, kStepNotFound)).text() ==
        "executable file not found in $PATH: 'nope': no such file or directory");
  CHECK(plan.explain(failure(find, EACCES, kStepNotExecutable)).text() == "executable file 'nope': permission denied");
  CHECK(plan.print().find("find_executable '/usr/bin/nope' '/bin/nope'") != std::string::npos);
}

TEST_CASE("plan: privileges go before the program is looked up, and seccomp comes last of all") {
  Process process;
  process.args = {"/bin/true"};
  process.no_new_privileges = true;
  Plan plan;
  ProcessContext context;
  context.seccomp = plan.slot();
  context.start_socket = plan.slot();
  plan_process(plan, process, context);
  std::vector<OpCode> order;
  for (const auto& op : plan.ops()) order.push_back(op.code);
  auto at = [&](OpCode code) { return std::ranges::find(order, code) - order.begin(); };
  CHECK(at(OpCode::bounding) < at(OpCode::setuid));
  CHECK(at(OpCode::setgroups) < at(OpCode::setgid));
  CHECK(at(OpCode::setgid) < at(OpCode::setuid));
  CHECK(at(OpCode::setuid) < at(OpCode::capset));
  CHECK(at(OpCode::capset) < at(OpCode::find_executable));
  CHECK(at(OpCode::find_executable) < at(OpCode::start_wait));
  CHECK(at(OpCode::start_wait) < at(OpCode::seccomp));
  CHECK(order.back() == OpCode::exec);
  CHECK(order[order.size() - 2] == OpCode::seccomp);
}

TEST_CASE("plan: without no_new_privs one capability is kept for seccomp, and dropped behind it") {
  Process process;
  process.args = {"/bin/true"};
  Plan plan;
  ProcessContext context;
  context.seccomp = plan.slot();
  plan_process(plan, process, context);
  auto ops = plan.ops();
  CHECK(ops[ops.size() - 3].code == OpCode::seccomp);
  CHECK(ops[ops.size() - 2].code == OpCode::capset);
}

TEST_CASE("plan: new namespaces come with the birth, the cgroup's by the child itself") {
  Plan plan;
  LaunchOptions launch;
  REQUIRE(plan_namespaces(plan, {{CLONE_NEWPID, ""}, {CLONE_NEWNET, ""}, {CLONE_NEWCGROUP, ""}}, launch, false));
  CHECK(launch.namespaces == (CLONE_NEWPID | CLONE_NEWNET));
  REQUIRE(plan.ops().size() == 1);
  CHECK(plan.ops()[0].code == OpCode::unshare);
}

TEST_CASE("plan: a namespace path of another type is refused before anything exists") {
  Plan plan;
  LaunchOptions launch;
  auto refused = plan_namespaces(plan, {{CLONE_NEWNET, "/proc/self/ns/uts"}}, launch, false);
  REQUIRE(!refused);
  CHECK(
      refused.error().text() ==
      "linux.namespaces: join the network namespace: '/proc/self/ns/uts' is a uts namespace, not a network namespace");
  auto missing = plan_namespaces(plan, {{CLONE_NEWIPC, "/nowhere"}}, launch, false);
  REQUIRE(!missing);
  CHECK(missing.error().text() ==
        "linux.namespaces: join the ipc namespace: open '/nowhere': No such file or directory");
}

TEST_CASE("plan: joining a user namespace puts the new ones below it, and a pid namespace behind a fork") {
  Plan plan;
  LaunchOptions launch;
  REQUIRE(plan_namespaces(plan, {{CLONE_NEWUSER, "/proc/self/ns/user"}, {CLONE_NEWPID, ""}, {CLONE_NEWNS, ""}}, launch,
                          false));
  CHECK(launch.namespaces == 0);
  std::vector<OpCode> order;
  for (const auto& op : plan.ops()) order.push_back(op.code);
  CHECK(order == std::vector{OpCode::setns, OpCode::setgid, OpCode::setuid, OpCode::unshare, OpCode::fork});
}

TEST_CASE("plan: mounts under /dev, /proc and /sys follow no symlink, and none lands on a procfs") {
  Plan plan;
  MountContext context;
  context.cgroup_namespace = context.pid_namespace = true;
  int16_t root = plan.slot();
  REQUIRE(plan_mounts(
      plan, root, {{"/dev/shm", "tmpfs", "shm"}, {"/data", "", "/srv", {"bind"}}, {"/proc", "proc", "proc"}}, context));
  std::vector<uint32_t> flags;
  for (const auto& op : plan.ops())
    if (op.code == OpCode::target) flags.push_back(op.b);
  REQUIRE(flags.size() == 3);
  CHECK(flags[0] == (kTargetDirectory | kTargetNoSymlinks | kTargetNotInProc));
  CHECK(flags[1] == (kTargetLike | kTargetNotInProc));
  CHECK(flags[2] == (kTargetDirectory | kTargetNoSymlinks));
}

TEST_CASE("plan: the config's word counts for a default device, and user namespaces bind the host's") {
  Plan made, bound;
  int16_t root = made.slot();
  REQUIRE(plan_devices(made, root, {{"/dev/null", 'c', 1, 3, 0600}}, false));
  size_t nodes = 0;
  for (const auto& op : made.ops()) nodes += op.code == OpCode::mknod ? 1 : 0;
  CHECK(nodes == default_devices().size());
  root = bound.slot();
  REQUIRE(plan_devices(bound, root, {}, true));
  for (const auto& op : bound.ops()) CHECK(op.code != OpCode::mknod);
  CHECK(plan_devices(made, root, {{"/dev/x", 'z', 1, 3}}, false).error().text() ==
        "linux.devices '/dev/x': type: unknown device type 'z'");
}

TEST_CASE("plan: an unknown rootfs propagation is refused") {
  Plan plan;
  CHECK(plan_rootfs(plan, {"/r"}, "upward", false).error().text() ==
        "linux.rootfsPropagation: unknown propagation 'upward'");
}
