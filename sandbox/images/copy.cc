#include "sandbox/images/copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <vector>

#include "base/path.h"
#include "base/text.h"
#include "sandbox/images/metadata.h"
#include "sandbox/images/work.h"

namespace images {

namespace {

bool is_opaque(int folder) {
  char value = 0;
  return fgetxattr(folder, "trusted.overlay.opaque", &value, 1) == 1 && value == 'y';
}

Result<> copy_attributes(int from, int to) {
  char names[64 << 10];  // XATTR_LIST_MAX
  const ssize_t length = flistxattr(from, names, sizeof names);
  if (length < 0) return errno == EOPNOTSUPP ? Result<>() : fail_errno(errno, "list extended attributes");
  std::vector<char> value(64 << 10);  // XATTR_SIZE_MAX
  for (const char* name = names; name < names + length; name += std::string_view(name).size() + 1) {
    if (!is_kept_attribute(name)) continue;
    const ssize_t size = fgetxattr(from, name, value.data(), value.size());
    if (size < 0 || fsetxattr(to, name, value.data(), static_cast<size_t>(size), 0) < 0)
      return fail_errno(errno, cat("copy extended attribute ", quoted(name)));
  }
  return {};
}

// In the order in which none undoes another; see apply_metadata.
Result<> copy_metadata(int from, int to, const struct stat& what) {
  if (fchown(to, what.st_uid, what.st_gid) < 0) return fail_errno(errno, "set owner");
  if (fchmod(to, what.st_mode & 07777) < 0) return fail_errno(errno, "set mode");
  TRY(copy_attributes(from, to));
  return apply_time(to, what.st_mtim);
}

Result<> copy_by_hand(int from, int to, off_t begin, off_t end) {
  std::vector<char> buffer(256 << 10);
  while (begin < end) {
    const size_t wanted = std::min(buffer.size(), static_cast<size_t>(end - begin));
    const ssize_t count = pread(from, buffer.data(), wanted, begin);
    if (count <= 0) return fail_errno(count < 0 ? errno : EIO, "read data");
    if (pwrite(to, buffer.data(), static_cast<size_t>(count), begin) != count) return fail_errno(errno, "write data");
    begin += count;
  }
  return {};
}

// The kernel copies, or shares the blocks, where both files are on one file system that can.
Result<> copy_range(int from, int to, off_t begin, off_t end) {
  off_t in = begin, out = begin;
  while (in < end) {
    const ssize_t count = copy_file_range(from, &in, to, &out, static_cast<size_t>(end - in), 0);
    if (count <= 0) return copy_by_hand(from, to, in, end);
  }
  return {};
}

Result<> copy_data(int from, int to, off_t size) {
  off_t end = 0;
  for (;;) {
    const off_t begin = lseek(from, end, SEEK_DATA);
    if (begin < 0 && errno != ENXIO) return fail_errno(errno, "find data");
    if (begin < 0) break;  // only a hole is left
    end = lseek(from, begin, SEEK_HOLE);
    if (end < 0) return fail_errno(errno, "find hole");
    TRY(copy_range(from, to, begin, end));
  }
  if (ftruncate(to, size) < 0) return fail_errno(errno, "set size");
  return {};
}

class Copy {
 public:
  explicit Copy(int root) : root_(root) {}

  // `path` is that of both folders in their trees.
  Result<> merge(int from, int to, const std::string& path) {
    for (const auto& name : TRY(list_directory(from)))
      TRY(merge_entry(from, to, name, path.empty() ? name : cat(path, "/", name)));
    return {};
  }

 private:
  Result<> merge_entry(int from, int to, const std::string& name, const std::string& path);
  Result<> merge_folder(int from, int to, const std::string& name, const std::string& path);
  Result<> copy_entry(int from, int to, const std::string& name, const struct stat& what);
  Result<> copy_file(int from, int to, const std::string& name, const struct stat& what);
  Result<bool> link_again(int to, const std::string& name, const std::string& path, const struct stat& what);

  int root_;
  std::map<ino_t, std::string> linked_;  // first path of each file that has several
};

Result<> Copy::merge_entry(int from, int to, const std::string& name, const std::string& path) {
  struct stat what{};
  if (fstatat(from, name.c_str(), &what, AT_SYMLINK_NOFOLLOW) < 0) return fail_errno(errno, "stat");
  struct stat old{};
  const bool exists = fstatat(to, name.c_str(), &old, AT_SYMLINK_NOFOLLOW) == 0;
  if (exists && !(S_ISDIR(what.st_mode) && S_ISDIR(old.st_mode))) TRY(remove_tree_at(to, name));
  if (S_ISCHR(what.st_mode) && what.st_rdev == 0) return {};
  if (S_ISDIR(what.st_mode)) return merge_folder(from, to, name, path);
  if (TRY_IN(quoted(path), link_again(to, name, path, what))) return {};
  TRY_IN(quoted(path), copy_entry(from, to, name, what));
  return {};
}

Result<> Copy::copy_entry(int from, int to, const std::string& name, const struct stat& what) {
  if (S_ISREG(what.st_mode)) return copy_file(from, to, name, what);
  if (S_ISLNK(what.st_mode)) {
    std::string target(static_cast<size_t>(what.st_size) + 1, '\0');
    const ssize_t length = readlinkat(from, name.c_str(), target.data(), target.size());
    if (length < 0) return fail_errno(errno, "read link");
    target.resize(static_cast<size_t>(length));
    if (symlinkat(target.c_str(), to, name.c_str()) < 0) return fail_errno(errno, "make symbolic link");
  } else if (mknodat(to, name.c_str(), what.st_mode, what.st_rdev) < 0) {
    return fail_errno(errno, "make device");
  }
  return copy_owner_at(what, to, name);
}

Result<> Copy::merge_folder(int from, int to, const std::string& name, const std::string& path) {
  Fd source(openat(from, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!source.is_open()) return fail_errno(errno, "open directory");
  if (is_opaque(source.get())) TRY(remove_tree_at(to, name));
  if (mkdirat(to, name.c_str(), 0700) < 0 && errno != EEXIST) return fail_errno(errno, "make directory");
  Fd target(openat(to, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!target.is_open()) return fail_errno(errno, "open directory");
  TRY(merge(source.get(), target.get(), path));
  struct stat what{};
  if (fstat(source.get(), &what) < 0) return fail_errno(errno, "stat");
  return copy_metadata(source.get(), target.get(), what);
}

Result<> Copy::copy_file(int from, int to, const std::string& name, const struct stat& what) {
  Fd source(openat(from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!source.is_open()) return fail_errno(errno, "open");
  Fd target(openat(to, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!target.is_open()) return fail_errno(errno, "create");
  TRY(copy_data(source.get(), target.get(), what.st_size));
  return copy_metadata(source.get(), target.get(), what);
}

Result<bool> Copy::link_again(int to, const std::string& name, const std::string& path, const struct stat& what) {
  if (what.st_nlink < 2) return false;
  auto [first, is_new] = linked_.emplace(what.st_ino, path);
  if (is_new) return false;
  const size_t slash = first->second.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "." : first->second.substr(0, slash);
  Fd parent = TRY(open_beneath(root_, folder, O_PATH | O_DIRECTORY));
  const char* last = first->second.c_str() + (slash == std::string::npos ? 0 : slash + 1);
  if (linkat(parent.get(), last, to, name.c_str(), 0) < 0) return fail_errno(errno, "make hard link");
  return true;
}

}  // namespace

Result<> copy_layer(int from, int to) {
  TRY(Copy(to).merge(from, to, ""));
  struct stat what{};
  if (fstat(from, &what) < 0) return fail_errno(errno, "stat");
  return copy_metadata(from, to, what);
}

}  // namespace images
