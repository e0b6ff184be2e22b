#include "security/default_profile.h"

#include <linux/capability.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/socket.h>

#include <cerrno>
#include <string_view>

#include "base/text.h"

namespace security {
namespace {

// Names by what they are about; those of other architectures are passed over where they are not known.
// NOLINTBEGIN(bugprone-suspicious-missing-comma): the lines of a purpose are one text, with a comma at its end
constexpr std::string_view kAllowed[] = {
    // Files: open, read, write, describe, move, map their names.
    "access chdir chmod chown chown32 close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2 "
    "fadvise64 fadvise64_64 arm_fadvise64_64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchown32 fchownat fcntl "
    "fcntl64 fdatasync fgetxattr file_getattr file_setattr flistxattr flock fremovexattr fsetxattr fstat fstat64 "
    "fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64 getxattr getxattrat "
    "ioctl lchown lchown32 lgetxattr link linkat listxattr listxattrat llistxattr lremovexattr lseek _llseek lsetxattr "
    "lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat oldfstat oldlstat oldstat open openat "
    "openat2 "
    "pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readdir readlink readlinkat readv removexattr "
    "removexattrat rename renameat renameat2 rmdir sendfile sendfile64 setxattr setxattrat splice stat stat64 statfs "
    "statfs64 statx symlink symlinkat sync sync_file_range sync_file_range2 arm_sync_file_range syncfs tee truncate "
    "truncate64 umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev cachestat",
    // Waiting for files, and being told of changes.
    "epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2 epoll_wait epoll_wait_old eventfd "
    "eventfd2 fanotify_mark inotify_add_watch inotify_init inotify_init1 inotify_rm_watch _newselect poll ppoll "
    "ppoll_time64 pselect6 pselect6_time64 select signalfd signalfd4",
    // Asynchronous reads and writes of the old kind.
    "io_cancel io_destroy io_getevents io_pgetevents io_pgetevents_time64 io_setup io_submit",
    // Memory.
    "brk cacheflush get_mempolicy madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2 "
    "mlockall mmap mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect "
    "process_mrelease remap_file_pages",
    // Processes and threads.
    "arch_prctl capget capset execve execveat exit exit_group fork get_robust_list get_thread_area get_tls getpgid "
    "getpgrp "
    "getpid getppid getpriority getrlimit getrusage getsid gettid kill modify_ldt nice pause pidfd_open "
    "pidfd_send_signal prctl prlimit64 process_vm_readv process_vm_writev ptrace restart_syscall rseq rseq_slice_yield "
    "sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler "
    "sched_rr_get_interval sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam "
    "sched_setscheduler sched_yield set_robust_list set_thread_area set_tid_address set_tls setpgid setpriority "
    "setrlimit "
    "setsid tgkill times tkill ugetrlimit vfork wait4 waitid waitpid getcpu ioprio_get ioprio_set uretprobe uprobe",
    // Locks between them.
    "futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake",
    // Signals.
    "rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait "
    "rt_sigtimedwait_time64 rt_tgsigqueueinfo sigaction sigaltstack signal sigpending sigprocmask sigreturn sigsuspend",
    // Identity.
    "getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid getresgid32 getresuid "
    "getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid setfsuid32 setgid setgid32 setgroups setgroups32 "
    "setregid "
    "setregid32 setresgid setresgid32 setresuid setresuid32 setreuid setreuid32 setuid setuid32",
    // A process that shuts itself in further.
    "landlock_add_rule landlock_create_ruleset landlock_restrict_self lsm_get_self_attr lsm_list_modules "
    "lsm_set_self_attr seccomp",
    // Sockets; the making of one has a rule of its own.
    "accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg recvmmsg_time64 "
    "recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair pipe pipe2",
    // IPC.
    "ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 "
    "mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl shmdt shmget",
    // Time: told, slept, never set. adjtimex tells as well; the kernel refuses the rest without CAP_SYS_TIME.
    "adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
    "clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep setitimer time timer_create timer_delete "
    "timer_getoverrun timer_gettime timer_gettime64 timer_settime timer_settime64 timerfd_create timerfd_gettime "
    "timerfd_gettime64 timerfd_settime timerfd_settime64",
    // The system, and what belongs to one architecture.
    "getrandom sysinfo uname olduname oldolduname breakpoint riscv_flush_icache riscv_hwprobe s390_guarded_storage "
    "s390_pci_mmio_read s390_pci_mmio_write s390_runtime_instr s390_sthyi swapcontext statmount listmount",
};
// NOLINTEND(bugprone-suspicious-missing-comma)

struct ByCapability {
  unsigned capability;
  std::string_view names;
};

constexpr ByCapability kByCapability[] = {
    {CAP_SYS_ADMIN,
     "bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick listns lookup_dcookie mount mount_setattr "
     "move_mount "
     "open_tree open_tree_attr perf_event_open pivot_root quotactl quotactl_fd setdomainname sethostname setns syslog "
     "umount "
     "umount2 unshare"},
    {CAP_BPF, "bpf"},
    {CAP_DAC_READ_SEARCH, "open_by_handle_at"},
    {CAP_PERFMON, "perf_event_open"},
    {CAP_SYS_BOOT, "reboot"},
    {CAP_SYS_CHROOT, "chroot"},
    {CAP_SYS_MODULE, "delete_module finit_module init_module"},
    {CAP_SYS_NICE, "mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node"},
    {CAP_SYS_PACCT, "acct"},
    {CAP_SYS_PTRACE, "kcmp pidfd_getfd process_madvise"},
    {CAP_SYS_RAWIO, "ioperm iopl"},
    {CAP_SYS_TIME, "clock_settime clock_settime64 settimeofday stime"},
    {CAP_SYS_TTY_CONFIG, "vhangup"},
    {CAP_SYSLOG, "syslog"},
};

bool has(CapabilityMask mask, unsigned capability) {
  return (mask >> capability & 1) != 0;
}

void allow(SeccompProfile& profile, std::vector<std::string> names, std::vector<SeccompArg> args = {}) {
  profile.rules.push_back({std::move(names), "SCMP_ACT_ALLOW", std::nullopt, std::move(args)});
}

// Every family but AF_ALG (CVE-2026-31431 and others before it) and AF_VSOCK, which reaches the hypervisor past
// every network namespace. 32-bit programs come by socketcall(2), where none can be picked out.
void allow_sockets(SeccompProfile& profile) {
  allow(profile, {"socket"}, {{0, AF_ALG, 0, "SCMP_CMP_LT"}});
  allow(profile, {"socket"}, {{0, AF_NFC, 0, "SCMP_CMP_EQ"}});
  allow(profile, {"socket"}, {{0, AF_VSOCK, 0, "SCMP_CMP_GT"}});
}
static_assert(AF_ALG + 1 == AF_NFC && AF_NFC + 1 == AF_VSOCK);

// Threads and processes, but no namespaces. clone3(2) has its flags in memory, where no filter sees them: ENOSYS sends
// C libraries to clone(2).
void allow_plain_clone(SeccompProfile& profile) {
  constexpr uint64_t kNamespaces =
      CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
  bool is_s390 = seccomp_arch_native() == SCMP_ARCH_S390X || seccomp_arch_native() == SCMP_ARCH_S390;
  allow(profile, {"clone"}, {{is_s390 ? 1U : 0U, kNamespaces, 0, "SCMP_CMP_MASKED_EQ"}});
  profile.rules.push_back({{"clone3"}, "SCMP_ACT_ERRNO", ENOSYS, {}});
}

// Linux, Linux without address randomisation of one kind or other, 32-bit Linux, and the question which one it is.
void allow_personalities(SeccompProfile& profile) {
  for (uint64_t value : {0x0ULL, 0x8ULL, 0x20000ULL, 0x20008ULL, 0xffffffffULL})
    allow(profile, {"personality"}, {{0, value, 0, "SCMP_CMP_EQ"}});
}

std::vector<std::string> architectures() {
  switch (seccomp_arch_native()) {
    case SCMP_ARCH_X86_64: return {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86"};
    case SCMP_ARCH_AARCH64: return {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM"};
    case SCMP_ARCH_S390X: return {"SCMP_ARCH_S390X", "SCMP_ARCH_S390"};
    default: return {};  // the native one is always there
  }
}

}  // namespace

SeccompProfile default_seccomp_profile(CapabilityMask bounding) {
  SeccompProfile profile;
  profile.default_action = "SCMP_ACT_ERRNO";
  profile.default_errno_ret = EPERM;
  profile.architectures = architectures();
  for (std::string_view names : kAllowed) allow(profile, split(names, ' '));
  for (const auto& [capability, names] : kByCapability) {
    if (has(bounding, capability)) allow(profile, split(names, ' '));
  }
  allow_sockets(profile);
  allow_personalities(profile);
  if (!has(bounding, CAP_SYS_ADMIN)) allow_plain_clone(profile);
  return profile;
}

}  // namespace security
