// Operations on files below the container's root. Every path there is resolved by openat2 and used through the
// descriptor that came out of it.
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/stat.h>

#include "sandbox/child/child.h"
#include "sandbox/child/kernel.h"

namespace child {
namespace {

constexpr long kProcMagic = 0x9fa0;

// Directory that the last part of the path stands in, made when it is missing. 0 <= fd, to be closed unless it is
// `root`.
long open_parent(State& state, int root, const char* path, const char*& name, uint64_t resolve) {
  char parent[kPathMax];
  name = last_part(path, parent);
  if (name == nullptr) return kEnametoolong;
  if (parent[0] == 0) return root;
  return make_directories(state, root, parent, 0755, resolve);
}

// A name that is there but leads nowhere: a part of a path, and the directory that holds it.
struct Missing {
  long directory;
  const char* path;
  size_t name;  // where in the path the name begins
  int links;    // symlinks that were followed until here
};

// An image may bring a symlink to a directory that is to be made yet (/var/run -> /run). Inside the root, as all paths.
long make_link_target(State& state, int root, const Missing& missing, uint32_t mode, uint64_t resolve) {
  constexpr int kMostLinks = 8;
  if (missing.links == kMostLinks) return kEloop;
  char target[kPathMax];
  size_t n = 0;
  for (; n < missing.name; n++) target[n] = missing.path[n];
  long size = state.run(__NR_readlinkat, missing.directory, word(missing.path + n), word(target + n),
                        static_cast<long>(sizeof target - 1 - n));
  if (size == kEinval) return 0;  // somebody else made the directory just now
  if (size < 0) return size;
  target[n + static_cast<size_t>(size)] = 0;
  const char* path = target[n] == '/' ? target + n : target;
  long made = make_directories(state, root, path, mode, resolve, missing.links + 1);
  if (made >= 0) call(__NR_close, made);
  return made < 0 ? made : 0;
}

}  // namespace

long status_of(State& state, int fd, struct statx& info) {
  return state.run(__NR_statx, fd, word(""), kEmptyPath, STATX_TYPE | STATX_MODE, word(&info));
}

bool is_directory(const struct statx& info) {
  return (info.stx_mode & kTypeMask) == kTypeDirectory;
}

bool lies_on_proc(int fd) {
  long info[32] = {};  // struct statfs starts with its type
  return call(__NR_fstatfs, fd, word(info)) == 0 && info[0] == kProcMagic;
}

const char* last_part(const char* path, char* parent) {
  size_t slash = 0, n = length(path);
  if (n >= kPathMax) return nullptr;
  bool found = false;
  for (size_t i = 0; i < n; i++)
    if (path[i] == '/') slash = i, found = true;
  for (size_t i = 0; i < slash; i++) parent[i] = path[i];
  parent[slash] = 0;
  return found ? path + slash + 1 : path;
}

long open_in(State& state, int root, const char* path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  open_how how{};
  how.flags = flags | kCloexec;
  how.mode = (flags & kCreate) != 0 ? mode : 0;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | resolve;
  long fd = kEagain;
  // EAGAIN: a rename elsewhere while ".." was resolved; openat2(2) says to try again.
  for (int tries = 0; fd == kEagain && tries < 128; tries++)
    fd = state.run(__NR_openat2, root, word(path[0] == 0 ? "/" : path), word(&how), sizeof how);
  return fd;
}

long make_directories(State& state, int root, const char* path, uint32_t mode, uint64_t resolve, int links) {
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
        if (made == kEexist) made = make_link_target(state, root, {current, walked, part, links}, mode, resolve);
        next = made < 0 ? made : open_in(state, root, walked, kPath | kDirectory, 0, resolve);
      }
      call(__NR_close, current);
      current = next;
    }
    walked[i] = path[i];
    part = i + 1;
  }
  return current;
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
  return n < 0 ? n : n == size ? 0 : kEio;
}

// Makes a device node; one that is already there is taken when it is the same device, and never replaced.
long make_node(State& state, const Op& op) {
  const char* name = nullptr;
  long dir = open_parent(state, state.fd(op.in), state.text(op.a), name, RESOLVE_NO_SYMLINKS);
  if (dir < 0) return dir;
  long err = state.run(__NR_mknodat, dir, word(name), static_cast<long>(op.x), static_cast<long>(op.y));
  if (err == kEexist) {
    struct statx info{};
    err = state.run(__NR_statx, dir, word(name), kSymlinkItself, STATX_TYPE, word(&info));
    uint64_t device = (info.stx_rdev_minor & 0xff) | (uint64_t{info.stx_rdev_major} << 8) |
                      (uint64_t{info.stx_rdev_minor & ~0xffU} << 12);
    if (err == 0 && ((info.stx_mode & kTypeMask) != (op.x & kTypeMask) || device != op.y)) {
      state.step = kStepWrongNode;
      err = kEexist;
    }
  }
  auto* owner = op.b == 0 ? nullptr : state.at<uint32_t>(op.b);
  if (err == 0 && owner != nullptr) err = state.run(__NR_fchownat, dir, word(name), owner[0], owner[1], kSymlinkItself);
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

}  // namespace child
