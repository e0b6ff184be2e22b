#include "runtime/kube/sandbox/pod_folders.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/text.h"

namespace kube {

Result<> make_directory(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) < 0 && errno != EEXIST) return fail_errno(errno, cat("make ", quoted(path)));
  // Whatever the umask is.
  if (chmod(path.c_str(), mode) < 0) return fail_errno(errno, cat("chmod ", quoted(path)));
  return {};
}

Result<Fd> open_directory(const std::string& path) {
  Fd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return folder;
}

Result<> mount_tmpfs(const std::string& path, unsigned long flags, const std::string& options) {
  if (mount("tmpfs", path.c_str(), "tmpfs", flags, options.c_str()) < 0)
    return fail_errno(errno, cat("mount a tmpfs on ", quoted(path)));
  return {};
}

}  // namespace kube
