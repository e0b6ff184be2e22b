// Operations on mounts and on files below the container's root. Every path there is resolved by openat2 and used
// through the descriptor that came out of it.
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "sandbox/child/child.h"

namespace child {
namespace {

constexpr long kCwd = -100;                                 // AT_FDCWD
constexpr uint64_t kPath = 010000000, kCloexec = 02000000;  // O_PATH, O_CLOEXEC
#if defined(__aarch64__)                                    // these two differ between machines
constexpr uint64_t kNoFollow = 0100000, kDirectory = 040000;
#else
constexpr uint64_t kNoFollow = 0400000, kDirectory = 0200000;
#endif
constexpr uint64_t kCreate = 0100, kExclusive = 0200, kNoCtty = 0400, kNonBlock = 04000, kWriteOnly = 1;
constexpr long kEmptyPath = 0x1000;  // AT_EMPTY_PATH
constexpr long kRecursive = 0x8000;  // AT_RECURSIVE
constexpr uint64_t kInRoot = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
constexpr long kProcMagic = 0x9fa0;
constexpr size_t kPathMax = 4096;
constexpr uint32_t kTypeMask = 0170000, kTypeDirectory = 0040000, kTypeCharacter = 0020000;

constexpr long kEnoent = -2, kEagain = -11, kEexist = -17, kEnotdir = -20, kEinval = -22, kEnametoolong = -36;
constexpr long kEperm = -1;

long status_of(State& state, int fd, struct statx& info) {
  return state.run(__NR_statx, fd, word(""), kEmptyPath, STATX_TYPE | STATX_MODE, word(&info));
}

bool is_directory(const struct statx& info) {
  return (info.stx_mode & kTypeMask) == kTypeDirectory;
}

// True when the descriptor is of a file on a procfs.
bool lies_on_proc(int fd) {
  long info[32] = {};  // struct statfs starts with its type
  return call(__NR_fstatfs, fd, word(info)) == 0 && info[0] == kProcMagic;
}

// Splits a path at its last '/': copies what stands before into `parent` and gives the rest.
const char* last_part(const char* path, char (&parent)[kPathMax]) {
  size_t slash = 0, n = length(path);
  if (n >= kPathMax) return nullptr;
  bool found = false;
  for (size_t i = 0; i < n; i++)
    if (path[i] == '/') slash = i, found = true;
  for (size_t i = 0; i < slash; i++) parent[i] = path[i];
  parent[slash] = 0;
  return found ? path + slash + 1 : path;
}

// Directory that the last part of the path stands in, made when it is missing. 0 <= fd, to be closed unless it is
// `root`.
long open_parent(State& state, int root, const char* path, const char*& name, uint64_t resolve) {
  char parent[kPathMax];
  name = last_part(path, parent);
  if (name == nullptr) return kEnametoolong;
  if (parent[0] == 0) return root;
  return make_directories(state, root, parent, 0755, resolve);
}

long create_file(State& state, const Op& op, const char* path, uint64_t resolve) {
  // Without O_EXCL: a symlink that leads to nothing yet is followed, inside the root, and its target made.
  uint64_t flags = kCreate | kWriteOnly | kNoCtty | kNonBlock;
  long fd = open_in(state, state.fd(op.in), path, flags, op.x, resolve);
  if (fd != kEnoent) return fd;
  char parent[kPathMax];
  if (last_part(path, parent) == nullptr) return kEnametoolong;
  long made = make_directories(state, state.fd(op.in), parent, 0755, resolve);
  if (made < 0) return made;
  call(__NR_close, made);
  return open_in(state, state.fd(op.in), path, flags, op.x, resolve);
}

long attach(State& state, long mount, long target) {
  return state.run(__NR_move_mount, mount, word(""), target, word(""),
                   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

}  // namespace

long open_in(State& state, int root, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  open_how how{};
  how.flags = flags | kCloexec;
  how.mode = (flags & kCreate) != 0 ? mode : 0;
  how.resolve = kInRoot | resolve;
  long fd = kEagain;
  // EAGAIN: a rename elsewhere while ".." was resolved; openat2(2) says to try again.
  for (int tries = 0; fd == kEagain && tries < 128; tries++)
    fd = state.run(__NR_openat2, root, word(path[0] == 0 ? "/" : path), word(&how), sizeof how);
  return fd;
}

long make_directories(State& state, int root, const char* path, uint32_t mode, uint64_t resolve) {
  long all = open_in(state, root, path, kPath | kDirectory, 0, resolve);
  if (all != kEnoent) return all;
  char walked[kPathMax];
  size_t n = length(path), part = 0;
  if (n >= kPathMax) return kEnametoolong;
  long current = open_in(state, root, "/", kPath | kDirectory, 0, resolve);
  for (size_t i = 0; i <= n && current >= 0; i++) {
    walked[i] = path[i];
    if (path[i] != '/' && path[i] != 0) continue;
    walked[i] = 0;
    bool dots = walked[part] == '.' && (i - part == 1 || (i - part == 2 && walked[part + 1] == '.'));
    if (i > part) {
      long next = open_in(state, root, walked, kPath | kDirectory, 0, resolve);
      if (next == kEnoent && !dots) {
        long made = state.run(__NR_mkdirat, current, word(walked + part), mode);
        next = made < 0 && made != kEexist ? made : open_in(state, root, walked, kPath | kDirectory, 0, resolve);
      }
      call(__NR_close, current);
      current = next;
    }
    walked[i] = path[i];
    part = i + 1;
  }
  return current;
}

// Where something is to be mounted: opened, or made when it is not there.
long make_target(State& state, const Op& op) {
  int root = state.fd(op.in);
  const char* path = state.text(op.a);
  uint64_t resolve = (op.b & kTargetNoSymlinks) != 0 ? RESOLVE_NO_SYMLINKS : 0;
  long target = open_in(state, root, path, kPath, 0, resolve);
  if (target == kEnoent || target == kEnotdir) {
    bool directory = (op.b & kTargetDirectory) != 0;
    if ((op.b & kTargetLike) != 0) {
      struct statx info{};
      if (long err = status_of(state, state.fd(static_cast<int16_t>(op.y)), info); err < 0) return err;
      directory = is_directory(info);
    }
    long made = directory ? make_directories(state, root, path, 0755, resolve)
                          : create_file(state, op, path, resolve);
    if (made < 0) return made;
    call(__NR_close, made);
    target = open_in(state, root, path, kPath, 0, resolve);
  }
  if (target >= 0 && (op.b & kTargetNotInProc) != 0 && lies_on_proc(static_cast<int>(target))) {
    state.step = kStepOnProc;
    return kEperm;
  }
  return state.keep(op.out, target);
}

long fs_mount(State& state, const Op& op) {
  int context = state.fd(op.in);
  state.words_fd = context;
  long err = state.run(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  if (err < 0) return err;
  long mount = state.run(__NR_fsmount, context, FSMOUNT_CLOEXEC, static_cast<long>(op.x));
  if (mount < 0) return mount;
  state.words_fd = -1;
  return state.keep(op.out, mount);
}

long set_mount_attributes(State& state, const Op& op) {
  return state.run(__NR_mount_setattr, state.fd(op.in), word(""), kEmptyPath | static_cast<long>(op.x),
                   word(state.at<mount_attr>(op.a)), sizeof(mount_attr));
}

long move_mount(State& state, const Op& op) {
  return attach(state, state.fd(op.in), state.fd(op.out));
}

// Only the mount that holds the path becomes private: the path itself need not be a mount point.
long parent_private(State& state, const Op& op) {
  char path[kPathMax];
  const char* text = state.text(op.a);
  size_t n = length(text);
  if (n >= kPathMax) return kEnametoolong;
  for (size_t i = 0; i <= n; i++) path[i] = text[i];
  for (;;) {
    long err = state.run(__NR_mount, 0, word(path), 0, 1 << 18 /* MS_PRIVATE */);
    if (err != kEinval || n <= 1) return err;
    while (n > 1 && path[n - 1] != '/') n--;
    if (n > 1) n--;
    path[n] = 0;
  }
}

// Hides what a path shows: directories behind an empty one, files behind /dev/null. What is not there needs no mask.
long mask(State& state, const Op& op) {
  long target = open_in(state, state.fd(op.in), state.text(op.a), kPath, 0, 0);
  if (target == kEnoent || target == kEnotdir) return 0;
  if (target < 0) return target;
  struct statx info{};
  long err = status_of(state, static_cast<int>(target), info);
  if (err < 0) return err;
  bool directory = is_directory(info);
  long cover =
      state.run(__NR_open_tree, kCwd, word(directory ? state.text(op.b) : "/dev/null"), OPEN_TREE_CLONE | kCloexec);
  if (cover < 0) return cover;
  if (!directory) {
    // CVE-2025-31133: only the real null device may cover a file.
    err = status_of(state, static_cast<int>(cover), info);
    if (err < 0) return err;
    bool null = (info.stx_mode & kTypeMask) == kTypeCharacter && info.stx_rdev_major == 1 && info.stx_rdev_minor == 3;
    if (!null) {
      state.step = kStepWrongNode;
      return kEinval;
    }
  } else {
    mount_attr attributes{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0, 0, 0};
    err = state.run(__NR_mount_setattr, cover, word(""), kEmptyPath, word(&attributes), sizeof attributes);
    if (err < 0) return err;
  }
  err = attach(state, cover, target);
  call(__NR_close, cover);
  call(__NR_close, target);
  return err;
}

// Binds a path over itself, read-only with all that is mounted below.
long make_readonly(State& state, const Op& op) {
  long target = open_in(state, state.fd(op.in), state.text(op.a), kPath, 0, 0);
  if (target == kEnoent || target == kEnotdir) return 0;
  if (target < 0) return target;
  long cover = state.run(__NR_open_tree, target, word(""), OPEN_TREE_CLONE | kCloexec | kEmptyPath | kRecursive);
  if (cover < 0) return cover;
  mount_attr attributes{MOUNT_ATTR_RDONLY, 0, 0, 0};
  long err =
      state.run(__NR_mount_setattr, cover, word(""), kEmptyPath | kRecursive, word(&attributes), sizeof attributes);
  if (err < 0) return err;
  err = attach(state, cover, target);
  call(__NR_close, cover);
  call(__NR_close, target);
  return err;
}

// Makes the root the root. The old one ends up mounted over the new, is cut off from the host's propagation, and goes.
long pivot(State& state, const Op& op) {
  long old = state.run(__NR_openat, kCwd, word("/"), static_cast<long>(kPath | kDirectory | kCloexec));
  if (old < 0) return old;
  long err = state.run(__NR_fchdir, state.fd(op.in));
  if (err == 0) err = state.run(__NR_pivot_root, word("."), word("."));
  if (err == 0) err = state.run(__NR_fchdir, old);
  if (err == 0) err = state.run(__NR_mount, 0, word("."), 0, (1 << 19) | (1 << 14) /* MS_SLAVE | MS_REC */);
  if (err == 0) err = state.run(__NR_umount2, word("."), 2 /* MNT_DETACH */);
  if (err == 0) err = state.run(__NR_chdir, word("/"));
  call(__NR_close, old);
  return err;
}

long move_root(State& state, const Op& op) {
  long err = state.run(__NR_fchdir, state.fd(op.in));
  if (err == 0) err = state.run(__NR_mount, word("."), word("/"), 0, 1 << 13 /* MS_MOVE */);
  if (err == 0) err = state.run(__NR_chroot, word("."));
  if (err == 0) err = state.run(__NR_chdir, word("/"));
  return err;
}

// A procfs of our own that is mounted nowhere, so that nothing can be mounted over its files (CVE-2019-16884,
// CVE-2025-52881). Where a new one is refused (a user namespace in which the host's is partly hidden), the host's: the
// caller asks before anything of the container is mounted, and the file system's type is checked.
long open_proc(State& state, const Op& op) {
  long context = state.run(__NR_fsopen, word("proc"), FSOPEN_CLOEXEC);
  if (context >= 0) {
    long err = call(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
    long mount = err < 0 ? err : call(__NR_fsmount, context, FSMOUNT_CLOEXEC, 0);
    call(__NR_close, context);
    if (mount >= 0) return state.keep(op.out, mount);
  }
  long fd = state.run(__NR_openat, kCwd, word("/proc"), static_cast<long>(kPath | kDirectory | kCloexec));
  if (fd >= 0 && !lies_on_proc(static_cast<int>(fd))) {
    state.step = kStepNotProc;
    return kEinval;
  }
  return state.keep(op.out, fd);
}

long write_file(State& state, const Op& op) {
  const char* text = state.text(op.b);
  long fd = state.run(__NR_openat, state.fd(op.in), word(state.text(op.a)),
                      static_cast<long>(kWriteOnly | kCloexec | kNoFollow));
  if (fd < 0) return fd;
  auto size = static_cast<long>(length(text));
  long n = state.run(__NR_write, fd, word(text), size);
  call(__NR_close, fd);
  return n < 0 ? n : n == size ? 0 : -5 /* EIO */;
}

// Makes a device node; one that is already there is taken when it is the same device, and never replaced.
long make_node(State& state, const Op& op) {
  const char* name = nullptr;
  long dir = open_parent(state, state.fd(op.in), state.text(op.a), name, RESOLVE_NO_SYMLINKS);
  if (dir < 0) return dir;
  long err = state.run(__NR_mknodat, dir, word(name), static_cast<long>(op.x), static_cast<long>(op.y));
  if (err == kEexist) {
    struct statx info{};
    err = state.run(__NR_statx, dir, word(name), 0x100 /* AT_SYMLINK_NOFOLLOW */, STATX_TYPE, word(&info));
    uint64_t device = (info.stx_rdev_minor & 0xff) | (uint64_t{info.stx_rdev_major} << 8) |
                      (uint64_t{info.stx_rdev_minor & ~0xffU} << 12);
    if (err == 0 && ((info.stx_mode & kTypeMask) != (op.x & kTypeMask) || device != op.y)) {
      state.step = kStepWrongNode;
      err = kEexist;
    }
  }
  auto* owner = op.b == 0 ? nullptr : state.at<uint32_t>(op.b);
  if (err == 0 && owner != nullptr)
    err = state.run(__NR_fchownat, dir, word(name), owner[0], owner[1], 0x100 /* AT_SYMLINK_NOFOLLOW */);
  if (dir != state.fd(op.in)) call(__NR_close, dir);
  return err;
}

long make_symlink(State& state, const Op& op) {
  const char* name = nullptr;
  long dir = open_parent(state, state.fd(op.in), state.text(op.a), name, RESOLVE_NO_SYMLINKS);
  if (dir < 0) return dir;
  long err = state.run(__NR_symlinkat, word(state.text(op.b)), dir, word(name));
  if (dir != state.fd(op.in)) call(__NR_close, dir);
  return err == kEexist ? 0 : err;  // the image may bring its own
}

// The terminal's slave over /dev/console, by descriptors alone (CVE-2025-52565).
long bind_console(State& state, const Op& op) {
  long file = open_in(state, state.fd(op.in), "dev/console", kCreate | kWriteOnly | kNoCtty | kNonBlock | kNoFollow,
                      0600, RESOLVE_NO_SYMLINKS);
  if (file >= 0) call(__NR_close, file);
  long target = open_in(state, state.fd(op.in), "dev/console", kPath | kNoFollow, 0, RESOLVE_NO_SYMLINKS);
  if (target < 0) return target;
  long slave = state.run(__NR_open_tree, state.fd(op.out), word(""), OPEN_TREE_CLONE | kCloexec | kEmptyPath);
  if (slave < 0) return slave;
  long err = attach(state, slave, target);
  call(__NR_close, slave);
  call(__NR_close, target);
  return err;
}

// A pseudo-terminal of the container's own devpts. The slave comes from the master itself, not from a path.
long open_pty(State& state, const Op& op) {
  long master = open_in(state, state.fd(op.in), "dev/pts/ptmx", 2 /* O_RDWR */ | kNoCtty, 0, RESOLVE_NO_SYMLINKS);
  if (master < 0) return master;
  struct statx info{};
  long err = status_of(state, static_cast<int>(master), info);
  if (err < 0) return err;
  if (info.stx_rdev_major != 5 || info.stx_rdev_minor != 2) {
    state.step = kStepWrongNode;
    return kEinval;
  }
  int unlock = 0;
  err = state.run(__NR_ioctl, master, 0x40045431 /* TIOCSPTLCK */, word(&unlock));
  if (err < 0) return err;
  long slave =
      state.run(__NR_ioctl, master, 0x5441 /* TIOCGPTPEER */, 2 | 0400 | 02000000 /* O_RDWR|O_NOCTTY|O_CLOEXEC */);
  if (slave < 0) return slave;
  if (op.a != 0) {
    err = state.run(__NR_ioctl, slave, 0x5414 /* TIOCSWINSZ */, word(state.at<char>(op.a)));
    if (err < 0) return err;
  }
  state.slots[static_cast<int16_t>(op.y)] = static_cast<int32_t>(slave);
  return state.keep(op.out, master);
}

long become_stdio(State& state, const Op& op) {
  int terminal = state.fd(op.in);
  for (int fd = 0; fd <= 2; fd++)
    if (long err = state.run(__NR_dup3, terminal, fd, 0); err < 0) return err;
  return state.run(__NR_ioctl, 0, 0x540e /* TIOCSCTTY */, 0);
}

}  // namespace child
