#include "sandbox/volumes/bind.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

namespace volumes {
namespace {

Result<> make_target(bool is_directory, const std::string& target) {
  if (is_directory) {
    if (mkdir(target.c_str(), 0755) == 0 || errno == EEXIST) return {};
  } else {
    const Fd file(open(target.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.is_open()) return {};
  }
  return fail_errno(errno, cat("make ", quoted(target)));
}

}  // namespace

Result<Fd> clone_tree(int source) {
  Fd tree(open_tree(source, "", AT_EMPTY_PATH | AT_RECURSIVE | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (!tree.is_open()) return fail_errno(errno, "copy the mount");
  return tree;
}

Result<> attach_tree(int tree, const std::string& target) {
  struct stat status;
  if (fstat(tree, &status) < 0) return fail_errno(errno, "stat what is to be mounted");
  TRY(make_target(S_ISDIR(status.st_mode), target));
  if (move_mount(tree, "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return fail_errno(errno, cat("mount at ", quoted(target)));
  return {};
}

Result<> bind_to(int source, const std::string& target) {
  const Fd tree = TRY(clone_tree(source));
  return attach_tree(tree.get(), target);
}

Result<> share_mounts(const std::string& target) {
  if (mount(nullptr, target.c_str(), nullptr, MS_SHARED, nullptr) < 0)
    return fail_errno(errno, cat("share the mounts below ", quoted(target)));
  return {};
}

Result<Fd> open_elsewhere(int mount_namespace, const std::function<Result<Fd>()>& open) {
  const Fd home(::open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!home.is_open()) return fail_errno(errno, "open '/proc/self/ns/mnt'");
  if (setns(mount_namespace, CLONE_NEWNS) < 0) return fail_errno(errno, "enter the other mount namespace");
  Result<Fd> opened = open();
  // Nothing may go on among the wrong mounts.
  if (setns(home.get(), CLONE_NEWNS) < 0) abort();
  return opened;
}

void unbind(const std::string& target) {
  // First cut off: unmounting what lies below a shared mount would unmount it below its peers too, the host's.
  while (mount(nullptr, target.c_str(), nullptr, MS_PRIVATE | MS_REC, nullptr) == 0)
    if (umount2(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0) return;
}

Result<bool> is_shared(int place) {
  struct statx status;
  if (statx(place, "", AT_EMPTY_PATH, STATX_MNT_ID, &status) < 0) return fail_errno(errno, "find the mount");
  const std::string id = cat(status.stx_mnt_id, " ");
  for (const std::string& line : split(TRY(read_file("/proc/self/mountinfo")), '\n'))
    if (line.starts_with(id)) return line.substr(0, line.find(" - ")).find(" shared:") != line.npos;
  return fail("find the mount: not in this mount namespace");
}

}  // namespace volumes
