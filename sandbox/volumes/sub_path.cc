#include "sandbox/volumes/sub_path.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/path.h"
#include "base/text.h"

namespace volumes {
namespace {

Result<Fd> open_inside(int volume, const std::string& path, int flags) {
  Result<Fd> fd = open_within(volume, path, flags);
  if (!fd && fd.error().err == EXDEV) fd.error().hint = "the path leads out of the volume";
  return fd;
}

// mkdirat(2) minds the umask. Without O_PATH, for fchmod(2).
Result<> copy_mode(int volume, int directory) {
  struct stat status;
  if (fstat(volume, &status) < 0) return fail_errno(errno, "stat the volume");
  if (fchmod(directory, status.st_mode & 07777) < 0) return fail_errno(errno, "set the mode of the sub path");
  return {};
}

}  // namespace

Result<Fd> open_sub_path(int volume, const std::string& path) {
  return open_inside(volume, path, O_PATH);
}

Result<Fd> make_sub_path(int volume, const std::string& path) {
  Result<Fd> there = open_sub_path(volume, path);
  if (there || there.error().err != ENOENT) return there;
  Fd current = TRY(open_inside(volume, ".", O_RDONLY | O_DIRECTORY));
  std::string walked;
  bool is_made = false;
  for (const std::string& part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    walked += cat(walked.empty() ? "" : "/", part);
    Result<Fd> next = open_inside(volume, walked, O_RDONLY | O_DIRECTORY);
    is_made = !next && next.error().err == ENOENT && part != "..";
    if (is_made) {
      if (mkdirat(current.get(), part.c_str(), 0755) < 0 && errno != EEXIST)
        return fail_errno(errno, cat("make directory ", quoted(walked)));
      next = open_inside(volume, walked, O_RDONLY | O_DIRECTORY);
    }
    current = TRY(std::move(next));
  }
  if (is_made) TRY(copy_mode(volume, current.get()));
  return current;
}

}  // namespace volumes
