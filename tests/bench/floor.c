// The floor under every runtime: what the kernel itself takes for the default container.
//
//   floor BUNDLE
//
// Makes, for the default configuration that `runc spec` writes (terminal off), all that the configuration asks for,
// with the fewest system calls known to us, and runs /true in it: the cgroup with its device filter, the six
// namespaces, the seven mounts, the devices and links, the masked and read-only paths, the read-only root, the pivot,
// host name, resource limit, capabilities and no_new_privs. It reads no configuration, checks no path, keeps no state
// and words no error, so nothing can be this fast and be a runtime. The benchmark compares runtimes with it.
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(long result, const char* step) {
  if (result >= 0) return;
  dprintf(2, "floor: %s: %s\n", step, strerror(errno));
  _exit(1);
}

// --- The cgroup and its device filter -------------------------------------------------------------------------------

#define LOAD(to, offset) {.code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = (to), .src_reg = BPF_REG_1, .off = (offset)}
#define JUMP_NOT_EQUAL(reg, value, over) \
  {.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = (reg), .off = (over), .imm = (value)}
#define JUMP_EQUAL(reg, value, over) \
  {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = (reg), .off = (over), .imm = (value)}
#define GIVE(value)                                                              \
  {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = (value)}, { \
    .code = BPF_JMP | BPF_EXIT                                                   \
  }
#define ALLOW_DEVICE(major, minor) JUMP_NOT_EQUAL(BPF_REG_4, major, 3), JUMP_NOT_EQUAL(BPF_REG_5, minor, 2), GIVE(1)

// "deny all" of the default configuration, plus the devices that every container has (config-linux.md, "Default
// Devices") and mknod for all, as runc and crun grant it.
static void attach_device_filter(int cgroup) {
  static const struct bpf_insn program[] = {
      LOAD(BPF_REG_2, 0),  // access << 16 | type
      LOAD(BPF_REG_4, 4),  // major
      LOAD(BPF_REG_5, 8),  // minor
      {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_3, .src_reg = BPF_REG_2},
      {.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = BPF_REG_3, .imm = 16},
      JUMP_NOT_EQUAL(BPF_REG_3, BPF_DEVCG_ACC_MKNOD, 2),
      GIVE(1),
      {.code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = BPF_REG_2, .imm = 0xffff},
      JUMP_EQUAL(BPF_REG_2, BPF_DEVCG_DEV_CHAR, 2),
      GIVE(0),
      ALLOW_DEVICE(1, 3),                 // null
      ALLOW_DEVICE(1, 5),                 // zero
      ALLOW_DEVICE(1, 7),                 // full
      ALLOW_DEVICE(1, 8),                 // random
      ALLOW_DEVICE(1, 9),                 // urandom
      ALLOW_DEVICE(5, 0),                 // tty
      ALLOW_DEVICE(5, 2),                 // ptmx
      JUMP_NOT_EQUAL(BPF_REG_4, 136, 2),  // pts
      GIVE(1),
      GIVE(0),
  };
  union bpf_attr load = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                         .insns = (uint64_t)(uintptr_t)program,
                         .insn_cnt = sizeof program / sizeof *program,
                         .license = (uint64_t)(uintptr_t)"Apache-2.0"};
  int loaded = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
  check(loaded, "load the device filter");
  union bpf_attr attach = {.target_fd = (uint32_t)cgroup,
                           .attach_bpf_fd = (uint32_t)loaded,
                           .attach_type = BPF_CGROUP_DEVICE,
                           .attach_flags = BPF_F_ALLOW_MULTI};
  check(syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach), "attach the device filter");
}

static int make_cgroup(const char* path) {
  check(mkdir(path, 0755), path);
  int cgroup = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  check(cgroup, path);
  return cgroup;
}

// --- What the container sees ----------------------------------------------------------------------------------------

static void mount_default_file_systems(void) {
  const unsigned long quiet = MS_NOSUID | MS_NOEXEC | MS_NODEV;
  check(mount("proc", "proc", "proc", 0, NULL), "proc");
  check(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_STRICTATIME, "mode=755,size=65536k"), "dev");
  check(mkdir("dev/pts", 0755), "dev/pts");
  check(mkdir("dev/shm", 0755), "dev/shm");
  check(mkdir("dev/mqueue", 0755), "dev/mqueue");
  check(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620,gid=5"),
        "dev/pts");
  check(mount("shm", "dev/shm", "tmpfs", quiet, "mode=1777,size=65536k"), "dev/shm");
  check(mount("mqueue", "dev/mqueue", "mqueue", quiet, NULL), "dev/mqueue");
  check(mount("sysfs", "sys", "sysfs", quiet | MS_RDONLY, NULL), "sys");
  check(mount("cgroup", "sys/fs/cgroup", "cgroup2", quiet | MS_RELATIME | MS_RDONLY, NULL), "sys/fs/cgroup");
}

static void make_devices(void) {
  check(mknod("dev/null", S_IFCHR | 0666, makedev(1, 3)), "null");
  check(mknod("dev/zero", S_IFCHR | 0666, makedev(1, 5)), "zero");
  check(mknod("dev/full", S_IFCHR | 0666, makedev(1, 7)), "full");
  check(mknod("dev/random", S_IFCHR | 0666, makedev(1, 8)), "random");
  check(mknod("dev/urandom", S_IFCHR | 0666, makedev(1, 9)), "urandom");
  check(mknod("dev/tty", S_IFCHR | 0666, makedev(5, 0)), "tty");
  check(symlink("pts/ptmx", "dev/ptmx"), "ptmx");
  check(symlink("/proc/self/fd", "dev/fd"), "fd");
  check(symlink("/proc/self/fd/0", "dev/stdin"), "stdin");
  check(symlink("/proc/self/fd/1", "dev/stdout"), "stdout");
  check(symlink("/proc/self/fd/2", "dev/stderr"), "stderr");
  check(symlink("/proc/kcore", "dev/core"), "core");
}

// One empty read-only tmpfs serves all masked directories: a bind is cheaper than a file system.
static void mask_directory(const char* path, const char** empty) {
  if (*empty) {
    if (mount(*empty, path, NULL, MS_BIND, NULL) && errno != ENOENT) check(-1, path);
    return;
  }
  if (mount("tmpfs", path, "tmpfs", MS_RDONLY, "nr_blocks=1,nr_inodes=1") == 0) {
    *empty = path;
  } else if (errno != ENOENT) {
    check(-1, path);
  }
}

static void mask_file(const char* path) {
  if (mount("dev/null", path, NULL, MS_BIND, NULL) && errno != ENOENT) check(-1, path);
}

static void protect(const char* path) {
  if (mount(path, path, NULL, MS_BIND | MS_REC, NULL)) {
    if (errno != ENOENT) check(-1, path);
    return;
  }
  check(mount(NULL, path, NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), path);
}

static void hide_paths(void) {
  const char* empty = NULL;
  mask_directory("proc/acpi", &empty);
  mask_directory("proc/asound", &empty);
  mask_directory("proc/scsi", &empty);
  mask_directory("sys/firmware", &empty);
  mask_file("proc/kcore");
  mask_file("proc/keys");
  mask_file("proc/latency_stats");
  mask_file("proc/timer_list");
  mask_file("proc/timer_stats");
  mask_file("proc/sched_debug");
  protect("proc/bus");
  protect("proc/fs");
  protect("proc/irq");
  protect("proc/sys");
  protect("proc/sysrq-trigger");
}

static void enter_root(void) {
  check(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), "propagation");
  check(mount("rootfs", "rootfs", NULL, MS_BIND | MS_REC, NULL), "rootfs");
  check(chdir("rootfs"), "rootfs");
  mount_default_file_systems();
  make_devices();
  hide_paths();
  check(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  check(umount2(".", MNT_DETACH), "umount");
  check(chdir("/"), "/");
  check(mount(NULL, "/", NULL, MS_BIND | MS_REMOUNT | MS_RDONLY, NULL), "read-only root");
}

// --- What the process may do ----------------------------------------------------------------------------------------

static void limit_process(void) {
  const uint32_t kept = 1u << CAP_AUDIT_WRITE | 1u << CAP_KILL | 1u << CAP_NET_BIND_SERVICE;
  const struct rlimit files = {1024, 1024};
  check(setrlimit(RLIMIT_NOFILE, &files), "rlimit");
  for (int capability = 0; capability < 64; capability++) {
    if (capability < 32 && (kept >> capability & 1)) continue;
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)) break;  // past the last one that the kernel knows
  }
  check(setgroups(0, NULL), "setgroups");
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{kept, kept, 0}, {0, 0, 0}};
  check(syscall(SYS_capset, &header, data), "capset");
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
}

static void run_container(void) {
  char* arguments[] = {"/true", NULL};
  char* environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", NULL};
  check(setsid(), "setsid");
  umask(0);
  enter_root();
  umask(022);
  check(sethostname("runc", 4), "sethostname");
  limit_process();
  execve(arguments[0], arguments, environment);
  check(-1, "execve");
}

int main(int count, char** arguments) {
  if (count != 2) {
    dprintf(2, "usage: floor BUNDLE\n");
    return 2;
  }
  check(chdir(arguments[1]), arguments[1]);
  char path[64];
  snprintf(path, sizeof path, "/sys/fs/cgroup/floor-%d", getpid());
  int cgroup = make_cgroup(path);
  attach_device_filter(cgroup);

  struct clone_args clone = {.flags = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNS |
                                      CLONE_NEWCGROUP | CLONE_INTO_CGROUP,
                             .exit_signal = SIGCHLD,
                             .cgroup = (uint64_t)cgroup};
  long child = syscall(SYS_clone3, &clone, sizeof clone);
  check(child, "clone3");
  if (child == 0) run_container();

  int status = 0;
  check(waitpid((pid_t)child, &status, 0), "waitpid");
  check(rmdir(path), path);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
