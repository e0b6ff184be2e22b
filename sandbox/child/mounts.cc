// Operations on mounts.
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "sandbox/child/child.h"
#include "sandbox/child/kernel.h"

namespace child {
namespace {

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

}  // namespace

long attach(State& state, long mount, long target) {
  return state.run(__NR_move_mount, mount, word(""), target, word(""),
                   MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

// Where something is to be mounted: opened, or made when it is not there.
long make_target(State& state, const Op& op) {
  int root = state.fd(op.in);
  const char* path = state.text(op.a);
  uint64_t resolve = (op.b & kTargetNoSymlinks) != 0 ? RESOLVE_NO_SYMLINKS : 0;
  long target = open_in(state, root, path, kPath, 0, resolve);
  state.target_made = target == kEnoent;
  bool may_make = (op.b & (kTargetDirectory | kTargetFile | kTargetLike)) != 0;
  if (may_make && (target == kEnoent || target == kEnotdir)) {
    bool directory = (op.b & kTargetDirectory) != 0;
    if ((op.b & kTargetLike) != 0) {
      struct statx info{};
      if (long err = status_of(state, state.fd(static_cast<int16_t>(op.y)), info); err < 0) return err;
      directory = is_directory(info);
    }
    long made = directory ? make_directories(state, root, path, 0755, resolve) : create_file(state, op, path, resolve);
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
  long err = attach(state, state.fd(op.in), state.fd(op.out));
  if (err == 0) state.attached++;
  return err;
}

// By the name in its directory, which is held by a descriptor: a mount point cannot be renamed, and a symlink in its
// place is not followed.
long unmount(State& state, const Op& op) {
  char parent[kPathMax];
  const char* name = last_part(state.text(op.a), parent);
  if (name == nullptr) return kEnametoolong;
  uint64_t resolve = (op.b & kTargetNoSymlinks) != 0 ? RESOLVE_NO_SYMLINKS : 0;
  long directory = open_in(state, state.fd(op.in), parent, kPath | kDirectory, 0, resolve);
  if (directory < 0) return directory;
  long err = state.run(__NR_fchdir, directory);
  call(__NR_close, directory);
  return err < 0 ? err : state.run(__NR_umount2, word(name), 2 | 8 /* MNT_DETACH | UMOUNT_NOFOLLOW */);
}

// The parent does what we have no right to, and words a failure itself. Gives the descriptor that comes back, or 0.
long ask_parent(State& state, const Op& op) {
  Message message{};
  message.kind = Message::reached;
  message.value = static_cast<uint32_t>(Barrier::request);
  message.step = static_cast<uint32_t>(&op - state.ops);
  long sent = op.in < 0 ? tell(state, message)
                        : send_with_fd(state, state.report_fd, &message, sizeof message, state.fd(op.in));
  return sent < 0 ? sent : wait_for_answer(state);
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

namespace {

// Where the shared one cannot be reached: in a user's container whose root is not the user, to whom alone
// $XDG_RUNTIME_DIR is open.
long new_empty_directory(State& state) {
  long context = state.run(__NR_fsopen, word("tmpfs"), FSOPEN_CLOEXEC);
  if (context < 0) return context;
  long err = state.run(__NR_fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0);
  long mount = err < 0 ? err : state.run(__NR_fsmount, context, FSMOUNT_CLOEXEC, 0);
  call(__NR_close, context);
  return mount;
}

}  // namespace

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
  if (cover == kEacces && directory) cover = new_empty_directory(state);
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

}  // namespace child
