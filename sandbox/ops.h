// The language in which the parent tells the child what to do: a flat list of small operations over one arena.
//
// This header is shared by the planner and by the child, which is freestanding; so it holds plain data only.
// The image that the child maps:   Header | Op[op_count] | int32 slots[slot_count] | arena
// Operations name descriptor slots, not numbers, and texts by their offset in the arena (0: none).
#pragma once

#include <stdint.h>

namespace sandbox {

// What each operation does, and what its fields mean. `in` and `out` are slots, `a` and `b` arena offsets, `x` and `y`
// numbers.
enum class OpCode : uint16_t {
  // Talking to the parent.
  report,   // x: Barrier. Says that this point is reached; does not wait.
  barrier,  // x: Barrier. Says so and waits until the parent lets us go on; ends if the parent is gone.
  await,    // waits until the parent has done its part, which it says in advance; ends if the parent is gone
  skip,     // goes on at skip_to: ends the branch that a fallback follows
  // Namespaces and identity.
  setns,       // in: namespace file or pidfd; x: CLONE_NEW… that it may be
  unshare,     // x: CLONE_NEW…
  fork,        // x: clone flags. Goes on in a new process, sibling of this one (CLONE_PARENT); this one ends.
  setsid,      //
  keyring,     // a: name of the new session keyring
  hostname,    // a
  domainname,  // a
  loopback,    // brings "lo" up in the network namespace
  // Mounts.
  propagation,     // a: host path; x: MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, with MS_REC or not
  parent_private,  // a: host path. Makes the mount it lies on private, so that what we mount there stays here.
  fs_open,         // a: file system type; out: context
  fs_set,          // in: context; a: key; b: value (0: a flag)
  fs_mount,        // in: context; out: detached mount; x: MOUNT_ATTR_…
  fs_pick,         // in: place of a mount; out: context of the file system that is mounted there
  fs_change,       // in: context. What was set takes effect on the mounted file system.
  open_tree,       // a: host path, or in: slot when a is 0; out; x: OPEN_TREE_CLONE, AT_RECURSIVE …
  borrow_tree,     // a: host path; out; x: as for open_tree, done by the parent: the way there is closed to the
                   // container's root
  mount_setattr,   // in: mount; a: struct mount_attr; x: AT_RECURSIVE or 0
  idmap,           // in: detached mount; x: AT_RECURSIVE or 0; y: index of Plan::id_maps(). Done by the parent, which
                   // alone has the right over file systems of the host.
  target,          // in: root; a: path; out; b: Target flags; x: mode; y: slot whose kind (file or directory) it copies
  move_mount,      // in: mount; out: target
  unmount,         // in: root; a: path; b: Target flags. The mount that lies there goes.
  copy_up,    // in: detached mount; out: target; x: kCopy… flags: what the mount takes over from what it will cover
  mask,       // in: root; a: path; b: host path of an empty directory
  readonly,   // in: root; a: path
  pivot,      // in: root
  move_root,  // in: root. For --no-pivot: moves it over "/" and chroots.
  // Files and devices inside the root.
  open_host,  // a: host path; out; x: open(2) flags
  open_proc,  // out: a procfs that nobody else can mount over
  write,      // in: directory; a: path below it; b: text
  mkdirs,     // in: root; a: path; x: mode
  mknod,      // in: root; a: path; x: mode with type; y: dev_t; b: two uint32, uid and gid
  symlink,    // in: root; a: link's path; b: what it says
  close,      // in
  keep_only,  // a: int16 list of slots, x: count. Closes all else but the container's own and the parent's socket
  // Terminal.
  pty,      // in: root; out: master; y: slot of the slave; a: struct winsize or 0
  send_fd,  // in: socket; out: descriptor that is sent; a: name in the message
  console,  // in: root; out: slave, bound over /dev/console
  stdio,    // in: terminal that becomes 0, 1, 2 and the controlling one
  // The process.
  umask,            // x
  rlimit,           // x: resource; a: two uint64, soft and hard
  personality,      // x: PER_…
  memory_policy,    // x: MPOL_… with its flags; a: bits of the nodes, y: how many
  chdir,            // a: path; x: 1 tries only when an earlier chdir was refused
  stdio_owner,      // x: uid that gets 0, 1 and 2; a null device among them becomes the container's own
  home,             // b: the environment; x: its entry that waits for a value; y: uid to look up in /etc/passwd
  bounding,         // x: mask of capabilities that stay
  setgroups,        // a: uint32 list; x: count
  setgid,           // x
  setuid,           // x. Permitted capabilities stay.
  capset,           // a: three uint64: effective, permitted, inheritable
  ambient,          // x: mask
  prctl,            // x: option; y: argument
  find_executable,  // a: strings, the candidates in order
  seccomp,  // in: file with the flags of seccomp(2) in 8 bytes, then the program; x: 1 has a listener, which is sent
            // with Barrier::listener
  // The end.
  start_wait,  // in: listening socket; answers go there from now on
  hook,        // a: struct HookData
  exec,        // a: argv, b: environment, both strings
  count_,
};

// Points that parent and child both know. The order is that of their appearance.
enum class Barrier : uint32_t {
  placed,    // the child runs; the parent may put it into its cgroup (systemd makes scopes of running processes)
  clocks,    // its time namespace is there and not yet entered: the parent may set the clocks
  forked,    // comes with the pid of the process that goes on
  network,   // it is in its network namespace: the parent may give it devices
  rootfs,    // mounts are made, the root not yet switched: prestart and createRuntime hooks
  ready,     // all is set up: the container is created
  settled,   // the parent must have done its part: devices restricted, state written
  exec,      // the next call is execve, or seccomp and execve
  listener,  // comes with the seccomp listener as a descriptor; the program runs once the parent lets it go on
  request,   // asks the parent to do an operation, whose index is `step`; the mount that it is about comes along
};

// Flags of OpCode::target.
constexpr uint32_t kTargetDirectory = 1;   // makes a directory when it is missing
constexpr uint32_t kTargetFile = 2;        // makes a file when it is missing
constexpr uint32_t kTargetLike = 4;        // as the slot in y is
constexpr uint32_t kTargetNoSymlinks = 8;  // no symlink on the way: /dev, /proc, /sys (CVE-2023-27561, CVE-2026-41579)
constexpr uint32_t kTargetNotInProc = 16;  // must not lie on a procfs (CVE-2025-52881)

// Flags of OpCode::copy_up.
constexpr uint64_t kCopyContent = 1, kCopyMode = 2;

// Errors after which the list goes on at `skip_to` instead of failing.
constexpr uint16_t kOnEnosys = 1 << 0;
constexpr uint16_t kOnEinval = 1 << 1;
constexpr uint16_t kOnDenied = 1 << 2;   // EPERM, EACCES
constexpr uint16_t kOnMissing = 1 << 3;  // ENOENT, ENOTDIR
constexpr uint16_t kOnEexist = 1 << 4;
constexpr uint16_t kOnEbusy = 1 << 5;
constexpr uint16_t kOnUnsupported = 1 << 6;  // ENODEV, EOPNOTSUPP
constexpr uint16_t kOnReadOnly = 1 << 7;
constexpr uint16_t kOnAny = 1 << 15;

struct Op {
  OpCode code;
  uint16_t origin;    // index into Plan::origins: which field of the config asked for it
  int16_t in, out;    // slots, -1: none
  uint16_t on_errno;  // kOn… mask
  uint16_t skip_to;   // index of the operation to go on with
  uint32_t a, b;
  uint64_t x, y;
};

struct Header {
  uint32_t magic, op_count, slot_count, arena_size;
  int32_t keep_fds;  // descriptors 0 to keep_fds - 1 are the container's; all others are close-on-exec
  int32_t reserved;
};
constexpr uint32_t kMagic = 0x4c43414e;  // "NACL"

// Strings in the arena: {uint32 count, uint32 0, uint64 offset[count + 1]}, the last offset 0.
struct Strings {
  uint32_t count, zero;
  uint64_t at[];
};

struct HookData {
  uint32_t path, args, env;  // args and env are Strings
  int32_t timeout;           // seconds, 0: none
  int16_t state;             // slot of a file with the state that the hook reads on stdin
  int16_t output;            // slot of a file that gets what it writes
};

// What the child sends. One message a packet.
struct Message {
  enum Kind : uint32_t { reached, failed } kind;
  uint32_t value;     // Barrier, or index of the failed operation (kNoOp: before the first)
  int32_t err;        // errno of the failure, or the pid with Barrier::forked
  uint32_t step;      // number of the system call that failed, or a Step
  uint32_t attached;  // how many mounts a failed child had put in place
  char detail[108];   // what the kernel had to say, NUL-terminated
};
constexpr uint32_t kNoOp = 0xffffffff;

// Failures that are no system call's: above every system call number.
enum Step : uint32_t {
  kStepPlan = 0x10000,  // the image is not one of ours
  kStepNotFound,        // find_executable: no candidate is there
  kStepNotExecutable,   // find_executable: there, but cannot be executed
  kStepHookExit,        // hook: err is its exit code or 128 + signal
  kStepHookTimeout,     // hook: killed after its timeout
  kStepOnProc,          // target: lies on a procfs
  kStepWrongNode,       // mknod: something else is there
  kStepOutside,         // chdir: the directory is not below the root
  kStepNotProc,         // open_proc: /proc is no procfs
};

}  // namespace sandbox
