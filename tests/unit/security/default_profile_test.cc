#include "security/default_profile.h"

#include <doctest/doctest.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "security/capabilities.h"
#include "security/seccomp.h"
#include "security/syscall_numbers.h"
#include "tests/unit/security/bpf_interpreter.h"

namespace {

constexpr uint32_t kX64 = AUDIT_ARCH_X86_64;
constexpr uint32_t kRefused = SECCOMP_RET_ERRNO | EPERM;

std::vector<sock_filter> program(security::CapabilityMask bounding) {
  auto compiled = security::compile(security::default_seccomp_profile(bounding));
  REQUIRE_MESSAGE(compiled, (compiled ? "" : compiled.error().text()));
  return compiled->filter;
}

security::CapabilityMask with(unsigned capability) {
  return security::default_capabilities() | security::CapabilityMask{1} << capability;
}

}  // namespace

TEST_CASE("default profile: every name is that of a system call") {
  auto profile = security::default_seccomp_profile(~security::CapabilityMask{0});
  for (const auto& rule : profile.rules) {
    for (const auto& name : rule.names) {
      CAPTURE(name);
      CHECK(security::find_syscall(security::native_abi(), name));
    }
  }
}

TEST_CASE("default profile: what reaches past a container is refused") {
  auto filter = program(security::default_capabilities());
  for (uint32_t number :
       {SYS_mount,           SYS_umount2,        SYS_pivot_root,   SYS_unshare,        SYS_setns,
        SYS_fsopen,          SYS_move_mount,     SYS_open_tree,    SYS_mount_setattr,  SYS_bpf,
        SYS_perf_event_open, SYS_userfaultfd,    SYS_keyctl,       SYS_add_key,        SYS_request_key,
        SYS_io_uring_setup,  SYS_io_uring_enter, SYS_init_module,  SYS_finit_module,   SYS_delete_module,
        SYS_kexec_load,      SYS_reboot,         SYS_swapon,       SYS_acct,           SYS_open_by_handle_at,
        SYS_ioperm,          SYS_iopl,           SYS_settimeofday, SYS_clock_settime,  SYS_syslog,
        SYS_sethostname,     SYS_quotactl,       SYS_kcmp,         SYS_lookup_dcookie, SYS_nfsservctl,
        SYS_ustat,           SYS_sysfs}) {
    CAPTURE(number);
    CHECK(evaluate(filter, kX64, number) == kRefused);
  }
  CHECK(evaluate(filter, kX64, 0x40000000 + SYS_read) == SECCOMP_RET_KILL_PROCESS);
  CHECK(evaluate(filter, AUDIT_ARCH_AARCH64, 63) == SECCOMP_RET_KILL_PROCESS);
}

TEST_CASE("default profile: what programs need is allowed") {
  auto filter = program(0);
  for (uint32_t number : {SYS_read, SYS_openat, SYS_mmap, SYS_execve, SYS_futex, SYS_epoll_pwait, SYS_socketpair,
                          SYS_clone, SYS_vfork, SYS_rseq, SYS_statx, SYS_getrandom, SYS_ptrace}) {
    CAPTURE(number);
    CHECK(evaluate(filter, kX64, number) == SECCOMP_RET_ALLOW);
  }
  CHECK(evaluate(filter, AUDIT_ARCH_I386, 3) == SECCOMP_RET_ALLOW);
  CHECK(evaluate(filter, AUDIT_ARCH_I386, 21) == kRefused);  // mount
}

TEST_CASE("default profile: no new namespaces by clone, and no clone3") {
  auto filter = program(security::default_capabilities());
  CHECK(evaluate(filter, kX64, SYS_clone, {SIGCHLD}) == SECCOMP_RET_ALLOW);
  CHECK(evaluate(filter, kX64, SYS_clone, {CLONE_VM | CLONE_FILES | CLONE_THREAD}) == SECCOMP_RET_ALLOW);
  for (uint64_t flag :
       {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC})
    CHECK(evaluate(filter, kX64, SYS_clone, {flag | SIGCHLD}) == kRefused);
  CHECK(evaluate(filter, kX64, SYS_clone3) == (SECCOMP_RET_ERRNO | ENOSYS));

  filter = program(with(CAP_SYS_ADMIN));
  CHECK(evaluate(filter, kX64, SYS_clone, {CLONE_NEWUSER}) == SECCOMP_RET_ALLOW);
  CHECK(evaluate(filter, kX64, SYS_clone3) == SECCOMP_RET_ALLOW);
  CHECK(evaluate(filter, kX64, SYS_mount) == SECCOMP_RET_ALLOW);
}

TEST_CASE("default profile: a capability opens what it is for") {
  const std::pair<unsigned, uint32_t> pairs[] = {
      {CAP_SYS_CHROOT, SYS_chroot},       {CAP_SYS_BOOT, SYS_reboot},
      {CAP_SYS_TIME, SYS_settimeofday},   {CAP_BPF, SYS_bpf},
      {CAP_PERFMON, SYS_perf_event_open}, {CAP_SYS_MODULE, SYS_finit_module},
      {CAP_SYS_RAWIO, SYS_iopl},          {CAP_DAC_READ_SEARCH, SYS_open_by_handle_at},
      {CAP_SYSLOG, SYS_syslog},
  };
  auto closed = program(0);
  for (const auto& [capability, number] : pairs) {
    CAPTURE(number);
    CHECK(evaluate(closed, kX64, number) == kRefused);
    CHECK(evaluate(program(with(capability)), kX64, number) == SECCOMP_RET_ALLOW);
  }
}

TEST_CASE("default profile: socket families") {
  auto filter = program(security::default_capabilities());
  for (uint64_t family : {AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_NFC, AF_XDP})
    CHECK(evaluate(filter, kX64, SYS_socket, {family}) == SECCOMP_RET_ALLOW);
  CHECK(evaluate(filter, kX64, SYS_socket, {AF_ALG}) == kRefused);
  CHECK(evaluate(filter, kX64, SYS_socket, {AF_VSOCK}) == kRefused);
  CHECK(evaluate(filter, AUDIT_ARCH_I386, 359, {AF_ALG}) == kRefused);
}

TEST_CASE("default profile: programs run under it") {
  auto filter = program(0);
  pid_t child = fork();
  if (child == 0) {
    sock_fprog code{static_cast<unsigned short>(filter.size()), filter.data()};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) _exit(101);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &code) < 0) _exit(102);
    execl("/bin/sh", "sh", "-c", "ls / | sort >/dev/null && (sleep 0; exit 7)", nullptr);
    _exit(103);
  }
  int status = -1;
  waitpid(child, &status, 0);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}
