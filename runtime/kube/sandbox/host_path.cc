#include "runtime/kube/sandbox/host_path.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/path.h"
#include "base/text.h"

namespace kube {
namespace {

struct Kind {
  std::string_view type;
  mode_t mode;  // S_IF…; 0: anything
  std::string_view words;
  mode_t made;  // what is made where nothing is; 0: nothing
};

constexpr Kind kKinds[] = {
    {"", 0, "", S_IFDIR},
    {"Directory", S_IFDIR, "a directory", 0},
    {"DirectoryOrCreate", S_IFDIR, "a directory", S_IFDIR},
    {"File", S_IFREG, "a file", 0},
    {"FileOrCreate", S_IFREG, "a file", S_IFREG},
    {"Socket", S_IFSOCK, "a socket file", 0},
    {"CharDevice", S_IFCHR, "a character device", 0},
    {"BlockDevice", S_IFBLK, "a block device", 0},
};

const Kind* find_kind(std::string_view type) {
  for (const Kind& kind : kKinds)
    if (kind.type == type) return &kind;
  return nullptr;
}

// The folder above a file must be there.
Result<> make_missing(const Kind& kind, const std::string& path) {
  if (kind.made == S_IFDIR) return make_directories(path, 0755);
  const Fd file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!file.is_open()) return fail_errno(errno, cat("make ", quoted(path)));
  return {};
}

Result<Fd> open_place(const std::string& path) {
  Fd place(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return place;
}

}  // namespace

Result<Fd> open_host_path(const HostPathSource& source) {
  const Kind* kind = find_kind(source.type);
  if (!kind) return fail(cat(source.type, " is an invalid volume type"));
  Result<Fd> place = open_place(source.path);
  if (!place && place.error().err == ENOENT && kind->made != 0) {
    TRY(make_missing(*kind, source.path));
    place = open_place(source.path);
  }
  const bool is_missing = !place && (place.error().err == ENOENT || place.error().err == ENOTDIR);
  if (!place && !is_missing) return place;
  struct stat status = {};
  if (place && fstat(place->get(), &status) < 0) return fail_errno(errno, cat("stat ", quoted(source.path)));
  if (is_missing && kind->mode == 0) return place;
  if (is_missing || (kind->mode != 0 && (status.st_mode & S_IFMT) != kind->mode))
    return fail(cat("hostPath type check failed: ", source.path, " is not ", kind->words));
  return place;
}

}  // namespace kube
