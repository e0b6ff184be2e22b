#include "security/seccomp.h"

#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "tests/unit/security/bpf_interpreter.h"

using security::compile;
using security::SeccompArg;
using security::SeccompProfile;
using security::SeccompRule;

namespace {

constexpr uint32_t kAllow = SECCOMP_RET_ALLOW, kKill = SECCOMP_RET_KILL_PROCESS;
constexpr uint32_t kX64 = AUDIT_ARCH_X86_64, kX86 = AUDIT_ARCH_I386;
constexpr uint32_t errno_action(uint32_t number) {
  return SECCOMP_RET_ERRNO | number;
}

SeccompRule rule(std::vector<std::string> names, std::string action = "SCMP_ACT_ALLOW",
                 std::vector<SeccompArg> args = {}) {
  return {std::move(names), std::move(action), std::nullopt, std::move(args)};
}

SeccompProfile profile(std::string default_action, std::vector<SeccompRule> rules,
                       std::vector<std::string> archs = {}) {
  SeccompProfile p;
  p.default_action = std::move(default_action);
  p.rules = std::move(rules);
  p.architectures = std::move(archs);
  return p;
}

std::vector<sock_filter> program(const SeccompProfile& p) {
  auto compiled = compile(p);
  REQUIRE_MESSAGE(compiled, (compiled ? "" : compiled.error().text()));
  return compiled->filter;
}

std::string error(const SeccompProfile& p) {
  auto compiled = compile(p);
  return compiled ? "no error" : compiled.error().text();
}

SeccompProfile with_rule(SeccompRule r) {
  return profile("SCMP_ACT_ERRNO", {rule({"read"}), std::move(r)});
}

}  // namespace

TEST_CASE("seccomp: an allow-list allows what it names and refuses the rest") {
  auto filter = program(profile("SCMP_ACT_ERRNO", {rule({"read", "write", "openat"})}));
  CHECK(evaluate(filter, kX64, SYS_read) == kAllow);
  CHECK(evaluate(filter, kX64, SYS_openat) == kAllow);
  CHECK(evaluate(filter, kX64, SYS_mount) == errno_action(EPERM));
  CHECK(evaluate(filter, kX64, SYS_rseq) == errno_action(EPERM));
}

TEST_CASE("seccomp: a deny-list refuses what it names, by its errno") {
  auto p =
      profile("SCMP_ACT_ALLOW", {rule({"mkdir", "mkdirat"}, "SCMP_ACT_ERRNO"), rule({"reboot"}, "SCMP_ACT_ERRNO")});
  p.rules[1].errno_ret = EACCES;
  auto filter = program(p);
  CHECK(evaluate(filter, kX64, SYS_mkdir) == errno_action(EPERM));
  CHECK(evaluate(filter, kX64, SYS_reboot) == errno_action(EACCES));
  CHECK(evaluate(filter, kX64, SYS_read) == kAllow);
  CHECK(evaluate(filter, kX64, 9999) == kAllow);
}

TEST_CASE("seccomp: every action becomes the kernel's") {
  const std::pair<const char*, uint32_t> actions[] = {
      {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
      {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
      {"SCMP_ACT_KILL_PROCESS", kKill},
      {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
      {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE | EPERM},
      {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
      {"SCMP_ACT_ERRNO", errno_action(EPERM)},
  };
  for (const auto& [name, action] : actions) {
    CAPTURE(name);
    CHECK(evaluate(program(profile("SCMP_ACT_ALLOW", {rule({"mkdir"}, name)})), kX64, SYS_mkdir) == action);
    CHECK(evaluate(program(profile(name, {rule({"mkdir"})})), kX64, SYS_read) == action);
  }
}

TEST_CASE("seccomp: other architectures are killed unless listed") {
  auto filter = program(profile("SCMP_ACT_ALLOW", {rule({"mkdir"}, "SCMP_ACT_ERRNO")}));
  CHECK(evaluate(filter, kX86, 3) == kKill);
  CHECK(evaluate(filter, AUDIT_ARCH_AARCH64, 63) == kKill);
  CHECK(evaluate(filter, kX64, 0x40000000 + SYS_read) == kKill);  // x32
  CHECK(evaluate(filter, kX64, 0xffffffff) == kAllow);            // a call that a tracer skips

  filter = program(profile("SCMP_ACT_ALLOW", {rule({"mkdir"}, "SCMP_ACT_ERRNO")}, {"SCMP_ARCH_X86", "SCMP_ARCH_X32"}));
  CHECK(evaluate(filter, kX86, 39) == errno_action(EPERM));
  CHECK(evaluate(filter, kX86, 3) == kAllow);
  CHECK(evaluate(filter, kX86, SYS_mkdir) == kAllow);
  CHECK(evaluate(filter, kX64, 0x40000000 + SYS_mkdir) == errno_action(EPERM));
  CHECK(evaluate(filter, kX64, 0x40000000 + SYS_read) == kAllow);
  CHECK(evaluate(filter, kX64, SYS_mkdir) == errno_action(EPERM));
  CHECK(evaluate(filter, AUDIT_ARCH_AARCH64, 63) == kKill);
}

TEST_CASE("seccomp: a profile that allows everything lets every architecture pass") {
  auto filter = program(profile("SCMP_ACT_ALLOW", {}));
  CHECK(filter.size() == 1);
  CHECK(evaluate(filter, kX86, 3) == kAllow);
  CHECK(evaluate(program(profile("SCMP_ACT_ALLOW", {rule({"read"})})), kX86, 3) == kAllow);
}

TEST_CASE("seccomp: arguments are compared as 64-bit numbers") {
  constexpr uint64_t kBig = 0x100000005;
  struct Case {
    const char* op;
    uint64_t value, value_two;
    std::vector<uint64_t> holding, failing;
  };
  const Case cases[] = {
      {"SCMP_CMP_EQ", kBig, 0, {kBig}, {5, kBig + 1, 0x200000005}},
      {"SCMP_CMP_NE", kBig, 0, {5, 0x200000005, kBig - 1}, {kBig}},
      {"SCMP_CMP_LT", kBig, 0, {0, 6, 0xffffffff, kBig - 1}, {kBig, kBig + 1, 0x200000000, ~0ULL}},
      {"SCMP_CMP_LE", kBig, 0, {0, 6, 0xffffffff, kBig}, {kBig + 1, 0x200000000, ~0ULL}},
      {"SCMP_CMP_GE", kBig, 0, {kBig, kBig + 1, 0x200000000, ~0ULL}, {0, 6, 0xffffffff, kBig - 1}},
      {"SCMP_CMP_GT", kBig, 0, {kBig + 1, 0x200000000, ~0ULL}, {0, 6, 0xffffffff, kBig}},
      {"SCMP_CMP_MASKED_EQ", 0x7e020000, 0, {0, 0x11, 0xffffffff00000000}, {0x20000, 0x10000000, ~0ULL}},
      {"SCMP_CMP_MASKED_EQ",
       0xff000000ff,
       0x1200000034,
       {0x1200000034, 0xf12ffffff34},
       {0x34, 0x1200000035, 0x1300000034}},
  };
  for (const auto& c : cases) {
    CAPTURE(c.op);
    SeccompArg arg{.index = 3, .value = c.value, .value_two = c.value_two, .op = c.op};
    auto filter = program(profile("SCMP_ACT_ERRNO", {rule({"read"}, "SCMP_ACT_ALLOW", {arg})}));
    for (uint64_t value : c.holding) CHECK(evaluate(filter, kX64, SYS_read, {7, 7, 7, value, 7}) == kAllow);
    for (uint64_t value : c.failing)
      CHECK(evaluate(filter, kX64, SYS_read, {7, 7, 7, value, 7}) == errno_action(EPERM));
  }
}

TEST_CASE("seccomp: conditions on several arguments must all hold") {
  auto filter =
      program(with_rule(rule({"socket"}, "SCMP_ACT_ALLOW", {{0, 16, 0, "SCMP_CMP_EQ"}, {2, 9, 0, "SCMP_CMP_NE"}})));
  CHECK(evaluate(filter, kX64, SYS_socket, {16, 3, 8}) == kAllow);
  CHECK(evaluate(filter, kX64, SYS_socket, {16, 3, 9}) == errno_action(EPERM));
  CHECK(evaluate(filter, kX64, SYS_socket, {2, 3, 8}) == errno_action(EPERM));
}

TEST_CASE("seccomp: two conditions on one argument are two rules") {
  auto filter = program(
      with_rule(rule({"personality"}, "SCMP_ACT_ALLOW", {{0, 8, 0, "SCMP_CMP_EQ"}, {0, 0x20000, 0, "SCMP_CMP_EQ"}})));
  CHECK(evaluate(filter, kX64, SYS_personality, {8}) == kAllow);
  CHECK(evaluate(filter, kX64, SYS_personality, {0x20000}) == kAllow);
  CHECK(evaluate(filter, kX64, SYS_personality, {9}) == errno_action(EPERM));
}

TEST_CASE("seccomp: the first rule without conditions settles a call") {
  auto p = profile("SCMP_ACT_ERRNO", {rule({"ioctl"}, "SCMP_ACT_TRAP", {{1, 0x5412, 0, "SCMP_CMP_EQ"}}),
                                      rule({"ioctl"}), rule({"ioctl"}, "SCMP_ACT_LOG")});
  CHECK(evaluate(program(p), kX64, SYS_ioctl, {0, 0x5412}) == kAllow);
}

TEST_CASE("seccomp: a rule that says what the default says is passed over") {
  auto p = profile("SCMP_ACT_ERRNO",
                   {rule({"ioctl"}, "SCMP_ACT_ERRNO"), rule({"ioctl"}, "SCMP_ACT_ALLOW", {{1, 1, 0, "SCMP_CMP_EQ"}})});
  CHECK(evaluate(program(p), kX64, SYS_ioctl, {0, 1}) == kAllow);
  CHECK(evaluate(program(p), kX64, SYS_ioctl, {0, 2}) == errno_action(EPERM));
}

TEST_CASE("seccomp: of several conditions that hold, the most restrictive action wins") {
  auto p = profile("SCMP_ACT_KILL", {rule({"ioctl"}, "SCMP_ACT_ALLOW", {{0, 1, 0, "SCMP_CMP_EQ"}}),
                                     rule({"ioctl"}, "SCMP_ACT_ERRNO", {{1, 1, 0, "SCMP_CMP_EQ"}})});
  CHECK(evaluate(program(p), kX64, SYS_ioctl, {1, 0}) == kAllow);
  CHECK(evaluate(program(p), kX64, SYS_ioctl, {1, 1}) == errno_action(EPERM));
  CHECK(evaluate(program(p), kX64, SYS_ioctl, {0, 0}) == SECCOMP_RET_KILL_THREAD);
}

TEST_CASE("seccomp: calls newer than the profile give ENOSYS") {
  auto filter = program(profile("SCMP_ACT_ERRNO", {rule({"read", "clone3"})}, {"SCMP_ARCH_X86"}));
  CHECK(evaluate(filter, kX64, 434) == errno_action(EPERM));
  CHECK(evaluate(filter, kX64, 435) == kAllow);
  CHECK(evaluate(filter, kX64, 436) == errno_action(ENOSYS));
  CHECK(evaluate(filter, kX64, 100000) == errno_action(ENOSYS));
  CHECK(evaluate(filter, kX86, 434) == errno_action(EPERM));
  CHECK(evaluate(filter, kX86, 436) == errno_action(ENOSYS));

  filter = program(profile("SCMP_ACT_ERRNO", {rule({"read"})}));  // of the time of Linux 4.18 at least
  CHECK(evaluate(filter, kX64, SYS_rseq) == errno_action(EPERM));
  CHECK(evaluate(filter, kX64, SYS_clone3) == errno_action(ENOSYS));

  // What a profile refuses by name it knows; so it is with what it refuses otherwise than by an errno.
  CHECK(evaluate(program(profile("SCMP_ACT_ERRNO", {rule({"mseal"}, "SCMP_ACT_ERRNO")})), kX64, 462) ==
        errno_action(EPERM));
  CHECK(evaluate(program(profile("SCMP_ACT_KILL_PROCESS", {rule({"read"})})), kX64, 470) == kKill);
}

TEST_CASE("seccomp: names younger than libseccomp, of other architectures, and of nothing") {
  auto filter = program(profile("SCMP_ACT_ERRNO",
                                {rule({"mseal", "statmount", "uretprobe", "s390_runtime_instr", "no_such_call",
                                       "fchmodat2", "rseq_slice_yield"})},
                                {"SCMP_ARCH_X32", "SCMP_ARCH_MIPSEL"}));
  CHECK(evaluate(filter, kX64, 462) == kAllow);
  CHECK(evaluate(filter, kX64, 457) == kAllow);
  CHECK(evaluate(filter, kX64, 452) == kAllow);
  CHECK(evaluate(filter, kX64, 335) == kAllow);
  CHECK(evaluate(filter, kX64, 471) == kAllow);
  CHECK(evaluate(filter, kX64, 463) == errno_action(EPERM));
  CHECK(evaluate(filter, kX64, 0x40000000 + 462) == kAllow);
  CHECK(evaluate(filter, AUDIT_ARCH_MIPSEL, 4462) == kAllow);
  CHECK(evaluate(filter, AUDIT_ARCH_MIPSEL, 4335) == errno_action(EPERM));
}

TEST_CASE("seccomp: socketcall and ipc are opened for a call that is allowed whatever its arguments") {
  auto filter = program(profile("SCMP_ACT_ERRNO", {rule({"socket", "shmat"})}, {"SCMP_ARCH_X86"}));
  CHECK(evaluate(filter, kX86, 102, {1}) == kAllow);
  CHECK(evaluate(filter, kX86, 102, {2}) == errno_action(EPERM));
  CHECK(evaluate(filter, kX86, 359) == kAllow);
  CHECK(evaluate(filter, kX86, 361) == errno_action(EPERM));
  CHECK(evaluate(filter, kX86, 117, {21}) == kAllow);
  CHECK(evaluate(filter, kX86, 117, {0x10000 + 21}) == kAllow);  // ipc's version bits
  CHECK(evaluate(filter, kX86, 117, {22}) == errno_action(EPERM));
  CHECK(evaluate(filter, kX86, 397) == kAllow);
}

// @withstands CVE-2026-31431
TEST_CASE("seccomp: a condition on socket is not got round by socketcall") {
  auto p =
      profile("SCMP_ACT_ERRNO", {rule({"socket"}, "SCMP_ACT_ALLOW", {{0, 38, 0, "SCMP_CMP_NE"}})}, {"SCMP_ARCH_X86"});
  auto filter = program(p);
  CHECK(evaluate(filter, kX86, 359, {2}) == kAllow);
  CHECK(evaluate(filter, kX86, 359, {38}) == errno_action(EPERM));
  CHECK(evaluate(filter, kX86, 102, {1}) == errno_action(EPERM));
  p.rules.push_back(rule({"socketcall"}));  // asked for by name
  CHECK(evaluate(program(p), kX86, 102, {1}) == kAllow);

  filter = program(
      profile("SCMP_ACT_ALLOW", {rule({"socket"}, "SCMP_ACT_ERRNO", {{0, 38, 0, "SCMP_CMP_EQ"}})}, {"SCMP_ARCH_X86"}));
  CHECK(evaluate(filter, kX86, 359, {2}) == kAllow);
  CHECK(evaluate(filter, kX86, 359, {38}) == errno_action(EPERM));
  CHECK(evaluate(filter, kX86, 102, {1}) == errno_action(EPERM));
  CHECK(evaluate(filter, kX86, 102, {3}) == kAllow);
}

TEST_CASE("seccomp: flags") {
  auto p = profile("SCMP_ACT_ALLOW", {rule({"mkdir"}, "SCMP_ACT_ERRNO")});
  CHECK(compile(p)->filter_flags == 0);
  p.flags = {"SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"};
  CHECK(compile(p)->filter_flags == (SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW));
  p.flags = {"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"};
  CHECK(compile(p)->filter_flags == SECCOMP_FILTER_FLAG_TSYNC);
  p.rules.push_back(rule({"mount"}, "SCMP_ACT_NOTIFY"));
  p.listener_path = "/run/agent.sock";
  auto compiled = compile(p);
  REQUIRE(compiled);
  CHECK(compiled->notifies);
  CHECK(compiled->filter_flags == (SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV));
  CHECK(evaluate(compiled->filter, kX64, SYS_mount) == SECCOMP_RET_USER_NOTIF);
}

TEST_CASE("seccomp: errors name the field") {
  CHECK(error(profile("", {})) == "linux.seccomp.defaultAction: is missing");
  CHECK(error(profile("allow", {})) == "linux.seccomp.defaultAction: unknown action 'allow'");
  CHECK(error(profile("SCMP_ACT_NOTIFY", {})) == "linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default");
  CHECK(error(with_rule(rule({"x"}, "SCMP_ACT_FOO"))) ==
        "linux.seccomp.syscalls[1].action: unknown action 'SCMP_ACT_FOO'");
  CHECK(error(with_rule(rule({}))) == "linux.seccomp.syscalls[1].names: no system call is named");
  CHECK(error(with_rule(rule({"read", ""}))) == "linux.seccomp.syscalls[1].names[1]: is empty");
  CHECK(error(with_rule(rule({"read"}, "SCMP_ACT_ALLOW", {{0, 1, 0, "SCMP_CMP_XX"}}))) ==
        "linux.seccomp.syscalls[1].args[0].op: unknown operator 'SCMP_CMP_XX'");
  CHECK(error(with_rule(rule({"read"}, "SCMP_ACT_ALLOW", {{0, 1, 0, "SCMP_CMP_EQ"}, {6, 1, 0, "SCMP_CMP_EQ"}}))) ==
        "linux.seccomp.syscalls[1].args[1].index: 6 is more than 5, the last argument");
  CHECK(error(with_rule(rule({"mount"}, "SCMP_ACT_NOTIFY"))) ==
        "linux.seccomp.listenerPath: is missing, and SCMP_ACT_NOTIFY needs it");
  CHECK(error(profile("SCMP_ACT_ALLOW", {}, {"SCMP_ARCH_X86", "SCMP_ARCH_Z80"})) ==
        "linux.seccomp.architectures[1]: unknown architecture 'SCMP_ARCH_Z80'");
  for (const char* name : {"SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB"}) {
    auto said = error(profile("SCMP_ACT_ALLOW", {}, {name}));
    auto known = security::seccomp_architectures();
    bool is_known = std::ranges::find(known, name) != known.end();
    CHECK(said == (is_known ? "no error"
                            : cat("linux.seccomp.architectures[0]: libseccomp ", security::libseccomp_version(),
                                  " does not know '", name, "'")));
  }

  auto p = with_rule(rule({"read"}));
  p.rules[1].errno_ret = 1;
  CHECK(error(p) == "linux.seccomp.syscalls[1].errnoRet: the action 'SCMP_ACT_ALLOW' takes none");
  p.rules[1].action = "SCMP_ACT_ERRNO";
  p.rules[1].errno_ret = 4096;
  CHECK(error(p) == "linux.seccomp.syscalls[1].errnoRet: 4096 is more than 4095");
  p = profile("SCMP_ACT_KILL", {});
  p.default_errno_ret = 1;
  CHECK(error(p) == "linux.seccomp.defaultErrnoRet: the action 'SCMP_ACT_KILL' takes none");
  p = profile("SCMP_ACT_ALLOW", {});
  p.flags = {"SECCOMP_FILTER_FLAG_TSYNC", "FAST"};
  CHECK(error(p) == "linux.seccomp.flags[1]: unknown flag 'FAST'");
  p.flags.clear();
  p.listener_metadata = "x";
  CHECK(error(p) == "linux.seccomp.listenerMetadata: needs linux.seccomp.listenerPath");
}

TEST_CASE("seccomp: a program that the kernel would not take is refused") {
  std::vector<SeccompRule> rules;
  for (uint64_t i = 0; i < 1200; i++) rules.push_back(rule({"ioctl"}, "SCMP_ACT_ALLOW", {{1, i, 0, "SCMP_CMP_EQ"}}));
  CHECK(error(profile("SCMP_ACT_ERRNO", rules)) ==
        "linux.seccomp: the profile comes to 6018 instructions; the kernel takes at most 4096");
}

TEST_CASE("seccomp: the kernel takes the program and does as it says") {
  auto p = profile(
      "SCMP_ACT_ERRNO",
      {rule({"exit_group", "getppid"}), rule({"personality"}, "SCMP_ACT_ALLOW", {{0, 0xffffffff, 0, "SCMP_CMP_EQ"}})},
      {"SCMP_ARCH_X86", "SCMP_ARCH_X32"});
  p.default_errno_ret = EXFULL;
  p.flags = {"SECCOMP_FILTER_FLAG_LOG"};
  auto compiled = compile(p);
  REQUIRE(compiled);
  sock_fprog code{static_cast<unsigned short>(compiled->filter.size()), compiled->filter.data()};
  pid_t child = fork();
  if (child == 0) {
    // Not _exit(): before it, AddressSanitizer makes calls that the profile refuses.
    auto leave = [](long status) { syscall(SYS_exit_group, status); };
    auto fails_with = [](long number, long argument, int expected) {
      return syscall(number, argument, 0, 0) < 0 && errno == expected;
    };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) leave(1);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, compiled->filter_flags, &code) < 0) leave(2);
    if (syscall(SYS_getppid) <= 0) leave(3);
    if (!fails_with(SYS_getuid, 0, EXFULL)) leave(4);
    if (!fails_with(SYS_clone3, 0, ENOSYS)) leave(5);
    if (!fails_with(SYS_personality, 0, EXFULL)) leave(6);
    if (syscall(SYS_personality, 0xffffffffUL) < 0) leave(7);
    leave(0);
  }
  int status = -1;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("seccomp: features") {
  CHECK(security::seccomp_actions().size() == 9);
  CHECK(security::seccomp_operators().size() == 7);
  CHECK(security::seccomp_architectures().size() >= 19);
  CHECK(security::seccomp_flags().size() == 4);
  CHECK(security::libseccomp_version().substr(0, 2) == "2.");
}
