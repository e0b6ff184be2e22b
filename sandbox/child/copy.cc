// What a new tmpfs takes over from the directory that it covers.
#include <linux/stat.h>

#include "sandbox/child/child.h"
#include "sandbox/child/kernel.h"

namespace child {
namespace {

constexpr int kDeepest = 100;
constexpr uint32_t kTypeSymlink = 0120000;

// One entry on its way: from and to are directories.
struct Entry {
  int from, to;
  const char* name;
  struct statx info;
};

long copy_directory(State& state, int from, int to, int depth);

// Owner first: a change of owner takes set-id bits away. Ids that are not mapped here stay those of the maker.
long settle(State& state, const Entry& entry) {
  call(__NR_fchownat, entry.to, word(entry.name), entry.info.stx_uid, entry.info.stx_gid, kSymlinkItself);
  if ((entry.info.stx_mode & kTypeMask) == kTypeSymlink) return 0;
  return state.run(__NR_fchmodat, entry.to, word(entry.name), entry.info.stx_mode & 07777);
}

long copy_file(State& state, const Entry& entry) {
  long in = state.run(__NR_openat, entry.from, word(entry.name),
                      static_cast<long>(kNoFollow | kNonBlock | kCloexec | kNoCtty));
  if (in < 0) return in;
  struct statx info{};
  long err = status_of(state, static_cast<int>(in), info);
  if (err < 0 || (info.stx_mode & kTypeMask) != kTypeRegular) {  // exchanged since it was looked at
    call(__NR_close, in);
    return err;
  }
  long out = state.run(__NR_openat, entry.to, word(entry.name),
                       static_cast<long>(kCreate | kWriteOnly | kNoFollow | kCloexec), 0600);
  long n = out < 0 ? out : 1;
  while (n > 0) n = state.run(__NR_sendfile, out, in, 0, 1 << 20);
  call(__NR_close, in);
  if (out >= 0) call(__NR_close, out);
  return n;
}

long copy_symlink(State& state, const Entry& entry) {
  char target[kPathMax];
  long n = state.run(__NR_readlinkat, entry.from, word(entry.name), word(target), sizeof target - 1);
  if (n < 0) return n;
  target[n] = 0;
  return state.run(__NR_symlinkat, word(target), entry.to, word(entry.name));
}

long copy_subdirectory(State& state, const Entry& entry, int depth) {
  long err = state.run(__NR_mkdirat, entry.to, word(entry.name), 0700);
  if (err < 0) return err;
  auto flags = static_cast<long>(kDirectory | kNoFollow | kCloexec);
  long from = state.run(__NR_openat, entry.from, word(entry.name), flags);
  if (from < 0) return from;
  long to = state.run(__NR_openat, entry.to, word(entry.name), flags);
  err = to < 0 ? to : copy_directory(state, static_cast<int>(from), static_cast<int>(to), depth + 1);
  call(__NR_close, from);
  if (to >= 0) call(__NR_close, to);
  return err;
}

// Directories, files and symlinks; what else lies there (sockets, devices) is not for a second place.
long copy_entry(State& state, Entry& entry, int depth) {
  long err = state.run(__NR_statx, entry.from, word(entry.name), kSymlinkItself, STATX_BASIC_STATS, word(&entry.info));
  if (err < 0) return err;
  uint32_t type = entry.info.stx_mode & kTypeMask;
  if (type != kTypeDirectory && type != kTypeRegular && type != kTypeSymlink) return 0;
  if (type == kTypeDirectory) err = copy_subdirectory(state, entry, depth);
  if (type == kTypeRegular) err = copy_file(state, entry);
  if (type == kTypeSymlink) err = copy_symlink(state, entry);
  return err < 0 ? err : settle(state, entry);
}

long copy_directory(State& state, int from, int to, int depth) {
  if (depth > kDeepest) return kEloop;
  alignas(8) char list[2048];  // struct linux_dirent64: ino 8, off 8, reclen 2, type 1, name
  for (;;) {
    long n = state.run(__NR_getdents64, from, word(list), sizeof list);
    if (n <= 0) return n;
    for (long at = 0; at < n; at += *reinterpret_cast<uint16_t*>(list + at + 16)) {
      const char* name = list + at + 19;
      bool dots = name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
      if (dots) continue;
      Entry entry{from, to, name, {}};
      if (long err = copy_entry(state, entry, depth); err < 0) return err;
    }
  }
}

}  // namespace

// The mount is not attached yet, so the directory below its place can still be seen.
long copy_up(State& state, const Op& op) {
  struct statx info{};
  long err = status_of(state, state.fd(op.out), info);
  if (err < 0 || !is_directory(info)) return err;
  if (state.target_made) return 0;
  if ((op.x & kCopyMode) != 0) {
    err = state.run(__NR_fchmodat, state.fd(op.in), word("."), info.stx_mode & 07777);
    if (err < 0) return err;
  }
  if ((op.x & kCopyContent) == 0) return 0;
  auto flags = static_cast<long>(kDirectory | kCloexec);
  long from = state.run(__NR_openat, state.fd(op.out), word("."), flags);
  if (from < 0) return from;
  long to = state.run(__NR_openat, state.fd(op.in), word("."), flags);
  err = to < 0 ? to : copy_directory(state, static_cast<int>(from), static_cast<int>(to), 0);
  call(__NR_close, from);
  if (to >= 0) call(__NR_close, to);
  return err;
}

}  // namespace child
