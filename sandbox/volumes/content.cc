#include "sandbox/volumes/content.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <set>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "sandbox/volumes/walk.h"

namespace volumes {
namespace {

constexpr const char* kData = "..data";
constexpr const char* kNewData = "..data_tmp";
constexpr mode_t kFolder = 0755, kGroupFolder = S_ISGID | 0550, kGroupFile = 0440;

std::string first_part(const std::string& path) {
  return path.substr(0, path.find('/'));
}

Result<> check_path(const std::string& path) {
  const std::string where = cat("path ", quoted(path));
  if (path.empty()) return fail("path: must not be empty");
  if (path.size() >= PATH_MAX) return fail(cat(where, ": too long"));
  if (path.starts_with("..")) return fail(cat(where, ": must not begin with '..'"));
  for (const std::string& part : split(path, '/')) {
    if (part.empty()) return fail(cat(where, ": must be relative, without empty parts"));
    if (part == "." || part == "..") return fail(cat(where, ": must not contain '.' or '..'"));
    if (part.size() > NAME_MAX || part.find('\0') != part.npos) return fail(cat(where, ": not a file's name"));
  }
  return {};
}

// "..2026_11_26_04_43_27.123456789", as the kubelet names them.
std::string folder_name() {
  timespec present;
  clock_gettime(CLOCK_REALTIME, &present);
  struct tm parts;
  gmtime_r(&present.tv_sec, &parts);
  char date[32], name[64];
  strftime(date, sizeof date, "..%Y_%m_%d_%H_%M_%S", &parts);
  snprintf(name, sizeof name, "%s.%09ld", date, present.tv_nsec);
  return name;
}

Result<std::string> read_link(int dir, const char* name) {
  char target[NAME_MAX + 1];
  const ssize_t length = readlinkat(dir, name, target, sizeof target);
  if (length < 0) return fail_errno(errno, cat("read link ", quoted(name)));
  return std::string(target, static_cast<size_t>(length));
}

mode_t mode_of(const Content& content, const ContentFile& file) {
  return content.group ? file.mode | kGroupFile : file.mode;
}

bool is_same(int folder, const Content& content, const ContentFile& file) {
  struct stat status;
  const Result<Fd> fd = open_beneath(folder, file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (!fd || fstat(fd->get(), &status) < 0 || !S_ISREG(status.st_mode)) return false;
  if ((status.st_mode & 07777) != mode_of(content, file) || (file.owner && status.st_uid != *file.owner)) return false;
  return static_cast<size_t>(status.st_size) == file.bytes.size() &&
         read_all(fd->get(), file.bytes.size() + 1).value_or("") == file.bytes;
}

// How many things that are no directories are below it.
Result<size_t> count_files(int directory) {
  size_t files = 0;
  TRY(walk_tree(directory, [&](const Entry& entry) -> Result<> {
    if (entry.type != DT_DIR) files++;
    return {};
  }));
  return files;
}

// Whether ..data shows just these files.
bool is_written(int directory, const Content& content) {
  const Result<std::string> name = read_link(directory, kData);
  if (!name) return false;
  const Result<Fd> folder = open_beneath(directory, *name, O_RDONLY | O_DIRECTORY);
  if (!folder) return false;
  for (const ContentFile& file : content.files)
    if (!is_same(folder->get(), content, file)) return false;
  const Result<size_t> files = count_files(folder->get());
  return files && *files == content.files.size();
}

Result<> give_folder(int folder, const Content& content) {
  if (content.group && fchown(folder, static_cast<uid_t>(-1), *content.group) < 0)
    return fail_errno(errno, "change the group of a folder");
  // Whatever the umask is.
  if (fchmod(folder, content.group ? kFolder | kGroupFolder : kFolder) < 0)
    return fail_errno(errno, "change the mode of a folder");
  return {};
}

// As give_folder, but the volume's own bits stay.
Result<> give_volume(int directory, const Content& content) {
  if (!content.group) return {};
  struct stat status;
  if (fstat(directory, &status) < 0 || fchown(directory, static_cast<uid_t>(-1), *content.group) < 0 ||
      fchmod(directory, (status.st_mode & 07777) | kGroupFolder) < 0)
    return fail_errno(errno, "give the volume to its group");
  return {};
}

Result<Fd> make_folder(int parent, const std::string& name, const Content& content) {
  if (mkdirat(parent, name.c_str(), 0700) < 0 && errno != EEXIST) return fail_errno(errno, cat("make ", quoted(name)));
  Fd folder = TRY(open_beneath(parent, name, O_RDONLY | O_DIRECTORY));
  TRY(give_folder(folder.get(), content));
  return folder;
}

Result<> write_file(int folder, const Content& content, const ContentFile& file) {
  const std::vector<std::string> parts = split(file.path, '/');
  Fd inner;
  for (size_t i = 0; i + 1 < parts.size(); i++) {
    inner = TRY(make_folder(folder, parts[i], content));
    folder = inner.get();
  }
  const Fd fd(openat(folder, parts.back().c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.is_open()) return fail_errno(errno, "make the file");
  TRY(write_all(fd.get(), file.bytes));
  if ((file.owner || content.group) &&
      fchown(fd.get(), file.owner.value_or(static_cast<uid_t>(-1)), content.group.value_or(static_cast<gid_t>(-1))) < 0)
    return fail_errno(errno, "give the file away");
  if (fchmod(fd.get(), mode_of(content, file)) < 0) return fail_errno(errno, "change its mode");
  return {};
}

Result<> fill_folder(int folder, const Content& content) {
  for (const ContentFile& file : content.files) TRY_IN(quoted(file.path), write_file(folder, content, file));
  return {};
}

Result<> switch_to(int directory, const std::string& folder) {
  unlinkat(directory, kNewData, 0);  // of an attempt that was killed
  if (symlinkat(folder.c_str(), directory, kNewData) < 0) return fail_errno(errno, cat("make ", quoted(kNewData)));
  if (renameat(directory, kNewData, directory, kData) < 0) return fail_errno(errno, cat("rename to ", quoted(kData)));
  return {};
}

// Links to what is new, and none to what is gone.
Result<> update_links(int directory, const Content& content, const std::vector<std::string>& present) {
  std::set<std::string> wanted;
  for (const ContentFile& file : content.files) wanted.insert(first_part(file.path));
  for (const std::string& name : wanted)
    if (symlinkat(cat(kData, "/", name).c_str(), directory, name.c_str()) < 0 && errno != EEXIST)
      return fail_errno(errno, cat("make link ", quoted(name)));
  for (const std::string& name : present)
    if (!name.starts_with("..") && !wanted.contains(name)) unlinkat(directory, name.c_str(), 0);
  return {};
}

}  // namespace

Result<> check_paths(const Content& content) {
  std::set<std::string> paths;
  for (const ContentFile& file : content.files) {
    TRY(check_path(file.path));
    if (!paths.insert(file.path).second) return fail(cat("path ", quoted(file.path), ": there twice"));
  }
  for (const std::string& path : paths)
    for (size_t slash = path.find('/'); slash != path.npos; slash = path.find('/', slash + 1))
      if (paths.contains(path.substr(0, slash)))
        return fail(cat("path ", quoted(path), ": is below the file ", quoted(path.substr(0, slash))));
  return {};
}

Result<bool> write_content(int directory, const Content& content) {
  TRY(check_paths(content));
  if (is_written(directory, content)) return false;
  const std::vector<std::string> present = TRY(list_directory(directory));
  TRY(give_volume(directory, content));
  const std::string name = folder_name();
  if (mkdirat(directory, name.c_str(), 0700) < 0) return fail_errno(errno, cat("make ", quoted(name)));
  Result<> done = [&]() -> Result<> {
    const Fd folder = TRY(make_folder(directory, name, content));
    TRY(fill_folder(folder.get(), content));
    return switch_to(directory, name);
  }();
  if (!done) {
    (void)remove_tree_at(directory, name);
    return std::unexpected(std::move(done).error());
  }
  TRY(update_links(directory, content, present));
  for (const std::string& old : present)
    if (old.starts_with("..2")) TRY(remove_tree_at(directory, old));
  return true;
}

}  // namespace volumes
