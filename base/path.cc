#include "base/path.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>

#include "base/directory.h"
#include "base/syscall.h"
#include "base/text.h"

namespace {

Result<Fd> open_resolved(int dir, const std::string& path, int flags, mode_t mode, uint64_t resolve) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? mode : 0;
  how.resolve = resolve;
  // EAGAIN: a rename elsewhere made the kernel unsure that ".." stayed inside; openat2(2) says to try again.
  for (int tries = 0; tries < 128; tries++) {
    Fd fd(openat2(dir, path.c_str(), &how));
    if (fd.is_open()) return fd;
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return fail_errno(errno, cat("open ", quoted(path)));
}

}  // namespace

Result<Fd> open_in_root(int root, const std::string& path, int flags, mode_t mode) {
  return open_resolved(root, path.empty() ? "/" : path, flags, mode, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
}

Result<Fd> open_beneath(int dir, const std::string& path, int flags, mode_t mode) {
  return open_resolved(dir, path, flags, mode, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
}

Result<Fd> open_within(int dir, const std::string& path, int flags) {
  return open_resolved(dir, path, flags, 0, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS);
}

Result<Fd> make_directories_in_root(int root, const std::string& path, mode_t mode) {
  Fd current = TRY(open_in_root(root, "/", O_PATH | O_DIRECTORY));
  std::string walked;
  for (const auto& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    std::string next = cat(walked, "/", part);
    auto opened = open_in_root(root, next, O_PATH | O_DIRECTORY);
    if (!opened && opened.error().err == ENOENT && part != "..") {
      if (mkdirat(current.get(), part.c_str(), mode) < 0 && errno != EEXIST)
        return fail_errno(errno, cat("make directory ", quoted(next)));
      opened = open_in_root(root, next, O_PATH | O_DIRECTORY);
    }
    if (!opened) return fail_errno(opened.error().err, cat("open directory ", quoted(next)));
    current = std::move(*opened);
    walked = std::move(next);
  }
  return current;
}

Result<> make_directories(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return {};
  size_t slash = path.find_last_of('/');
  if (errno != ENOENT || slash == std::string::npos || slash == 0)
    return fail_errno(errno, cat("make directory ", quoted(path)));
  TRY(make_directories(path.substr(0, slash), mode));
  if (mkdir(path.c_str(), mode) < 0 && errno != EEXIST) return fail_errno(errno, cat("make directory ", quoted(path)));
  return {};
}

Result<std::vector<std::string>> list_directory(int dir) {
  // Opened anew: a copy of the descriptor would share its place in the list, and may be O_PATH.
  Fd fresh(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fresh.is_open()) return fail_errno(errno, "open directory");
  const Directory stream = read_directory(std::move(fresh));
  if (!stream) return fail_errno(errno, "list directory");
  std::vector<std::string> names;
  while (const dirent* entry = readdir(stream.get()))
    if (const std::string_view name = entry->d_name; name != "." && name != "..") names.emplace_back(name);
  std::ranges::sort(names);
  return names;
}

namespace {

constexpr int kDeepest = 32;  // levels that are open at once; what lies deeper is first moved up

// A removal under way. A tree may be deeper than there are descriptors: a container could make itself undeletable.
struct Removal {
  int top;  // the directory that deep ones are moved to
  uint64_t moved = 0;
};

Result<> remove_entry(int dir, const std::string& name, Removal& removal, int depth);

Result<> remove_contents(int dir_fd, Removal& removal, int depth) {
  const Directory dir = read_directory(TRY(duplicate(dir_fd)));
  if (!dir) return fail_errno(errno, "list directory");
  rewinddir(dir.get());
  while (const dirent* entry = readdir(dir.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") TRY(remove_entry(dir_fd, name, removal, depth));
  }
  return {};
}

Result<> move_up(int dir, const std::string& name, Removal& removal) {
  if (renameat(dir, name.c_str(), removal.top, cat(".removed-", getpid(), "-", removal.moved++).c_str()) < 0)
    return fail_errno(errno, cat("remove ", quoted(name)));
  return {};
}

Result<> remove_entry(int dir, const std::string& name, Removal& removal, int depth) {
  if (unlinkat(dir, name.c_str(), 0) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM && errno != EBUSY) return fail_errno(errno, cat("remove ", quoted(name)));
  if (depth > kDeepest) return move_up(dir, name, removal);
  // RESOLVE_NO_XDEV: what is mounted below belongs to somebody else; a mount left behind must not empty its source.
  Fd fd = TRY_IN("remove", open_resolved(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0,
                                         RESOLVE_NO_XDEV | RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS));
  Removal own{fd.get()};
  Removal& here = depth == 0 ? own : removal;
  uint64_t moved = 0;
  do {
    moved = here.moved;
    TRY_IN(name, remove_contents(fd.get(), here, depth + 1));
  } while (depth == 0 && moved != here.moved);  // what was moved up is there now
  if (unlinkat(dir, name.c_str(), AT_REMOVEDIR) < 0 && errno != ENOENT)
    return fail_errno(errno, cat("remove ", quoted(name)));
  return {};
}

}  // namespace

Result<> remove_tree_at(int dir, const std::string& name) {
  Removal removal{dir};
  return remove_entry(dir, name, removal, 0);
}

Result<> remove_tree(const std::string& path) {
  size_t slash = path.find_last_of('/');
  std::string parent = slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
  Fd dir(open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!dir.is_open() && errno == ENOENT) return {};
  if (!dir.is_open()) return fail_errno(errno, cat("open ", quoted(parent)));
  return remove_tree_at(dir.get(), slash == std::string::npos ? path : path.substr(slash + 1));
}

Result<std::string> real_path(const std::string& path) {
  std::unique_ptr<char, decltype(&free)> resolved(realpath(path.c_str(), nullptr), free);
  if (!resolved) return fail_errno(errno, cat("find ", quoted(path)));
  return std::string(resolved.get());
}

std::string join_path(const std::string& left, const std::string& right) {
  if (!right.empty() && right.front() == '/') return right;
  if (left.empty() || left.back() == '/') return left + right;
  return cat(left, "/", right);
}

std::string clean_path(std::string_view path) {
  std::string out;
  for (size_t begin = 0, end = 0; begin <= path.size(); begin = end + 1) {
    end = std::min(path.find('/', begin), path.size());
    std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      out.resize(out.empty() ? 0 : out.rfind('/'));
    } else {
      out.append("/").append(part);
    }
  }
  return out.empty() ? "/" : out;
}

bool path_exists(const std::string& path) {
  struct stat info{};
  return lstat(path.c_str(), &info) == 0;
}

std::string find_program(std::string_view name) {
  const char* path = getenv("PATH");
  for (const std::string& directory : split(path ? path : "/usr/sbin:/usr/bin:/sbin:/bin", ':')) {
    std::string file = cat(directory, "/", name);
    if (directory.starts_with('/') && access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}
