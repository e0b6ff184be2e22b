#include "sandbox/volumes/walk.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "base/syscall.h"
#include "base/text.h"

namespace volumes {
namespace {

constexpr size_t kHeld = 32;  // levels whose descriptors stay open; deeper ones are found again by ".."
constexpr size_t kBuffer = 64 << 10;

// A directory that the walk is in: what it is, and the folders in it that are still to be walked.
struct Level {
  Fd fd;
  dev_t device;
  ino_t inode;
  std::string name;  // in its parent
  std::vector<std::string> folders = {};
};

class Walk {
 public:
  explicit Walk(const std::function<Result<>(const Entry&)>& visit) : visit_(visit), buffer_(kBuffer) {}

  Result<> run(Fd top) {
    TRY(enter(std::move(top), ""));
    while (!levels_.empty()) {
      if (levels_.back().folders.empty()) {
        TRY(leave());
        continue;
      }
      const std::string name = std::move(levels_.back().folders.back());
      levels_.back().folders.pop_back();
      TRY(descend(name));
    }
    return {};
  }

 private:
  // Gone, no directory any more, or something mounted there: passed over.
  Result<> descend(const std::string& name) {
    open_how how{};
    how.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
    Fd fd(openat2(levels_.back().fd.get(), name.c_str(), &how));
    if (fd.is_open()) return enter(std::move(fd), name);
    for (const int passed : {ENOENT, ENOTDIR, ELOOP, EXDEV})
      if (errno == passed) return {};
    return fail_errno(errno, cat("open ", quoted(name)));
  }

  Result<> enter(Fd fd, const std::string& name) {
    struct stat status;
    if (fstat(fd.get(), &status) < 0) return fail_errno(errno, cat("stat ", quoted(name)));
    if (levels_.size() > kHeld) levels_.back().fd.reset();
    levels_.push_back({std::move(fd), status.st_dev, status.st_ino, name});
    return read_entries();
  }

  Result<> read_entries() {
    const int dir = levels_.back().fd.get();
    while (true) {
      const ssize_t got = getdents64(dir, buffer_.data(), buffer_.size());
      if (got < 0) return fail_errno(errno, "list a directory");
      if (got == 0) return {};
      for (ssize_t at = 0; at < got;) {
        const auto* entry = reinterpret_cast<const dirent64*>(buffer_.data() + at);
        at += entry->d_reclen;
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
          TRY(note(dir, entry->d_name, entry->d_type));
      }
    }
  }

  Result<> note(int dir, const char* name, unsigned char type) {
    struct stat status;
    if (type == DT_UNKNOWN) {
      if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return {};
      type = static_cast<unsigned char>(IFTODT(status.st_mode));
    }
    if (type != DT_DIR) return visit_({dir, name, type});
    levels_.back().folders.emplace_back(name);
    return {};
  }

  Result<> leave() {
    const Level left = std::move(levels_.back());
    levels_.pop_back();
    if (levels_.empty()) return {};
    Level& parent = levels_.back();
    if (!parent.fd.is_open()) TRY(reopen(parent, left.fd.get()));
    return visit_({parent.fd.get(), left.name.c_str(), DT_DIR});
  }

  static Result<> reopen(Level& parent, int child) {
    Fd fd(openat(child, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    struct stat status;
    if (!fd.is_open() || fstat(fd.get(), &status) < 0) return fail_errno(errno, "go up a directory");
    if (status.st_dev != parent.device || status.st_ino != parent.inode)
      return fail_errno(ESTALE, cat("go up from a directory in ", quoted(parent.name)));
    parent.fd = std::move(fd);
    return {};
  }

  const std::function<Result<>(const Entry&)>& visit_;
  std::vector<char> buffer_;
  std::vector<Level> levels_;
};

}  // namespace

Result<> walk_tree(int top, const std::function<Result<>(const Entry&)>& visit) {
  // Opened anew: a copy of the descriptor would share its place in the list, and may be O_PATH.
  Fd fd(openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(errno, "open the directory to walk");
  return Walk(visit).run(std::move(fd));
}

}  // namespace volumes
