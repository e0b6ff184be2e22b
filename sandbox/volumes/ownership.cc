#include "sandbox/volumes/ownership.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/descriptor.h"
#include "base/text.h"
#include "sandbox/volumes/walk.h"

namespace volumes {
namespace {

constexpr mode_t kFile = 0660, kDirectory = 0660 | 0110 | S_ISGID;

// fchmodat(2) follows symlinks. fchmodat2, which need not, is of Linux 6.6; before it, what is open by O_PATH can be
// reached by its name in procfs, and a symlink there is none.
int change_mode(int dir, const char* name, mode_t mode) {
#ifdef SYS_fchmodat2
  constexpr long kCall = SYS_fchmodat2;
#else
  constexpr long kCall = 452;  // on every architecture
#endif
  if (syscall(kCall, dir, name, mode, AT_SYMLINK_NOFOLLOW) == 0) return 0;
  if (errno != ENOSYS) return errno == EOPNOTSUPP ? 0 : -1;
  const Fd file(openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat status;
  if (!file.is_open() || fstat(file.get(), &status) < 0) return -1;
  return S_ISLNK(status.st_mode) ? 0 : chmod(cat("/proc/self/fd/", file.get()).c_str(), mode);
}

Result<> give_entry(const Entry& entry, gid_t group) {
  const auto failed = [&](const char* what) -> Result<> {
    if (errno == ENOENT) return {};
    return fail_errno(errno, cat(what, " of ", quoted(entry.name)));
  };
  struct stat status;
  if (fstatat(entry.dir, entry.name, &status, AT_SYMLINK_NOFOLLOW) < 0) return failed("stat");
  const bool is_given = status.st_gid == group;
  if (!is_given && fchownat(entry.dir, entry.name, static_cast<uid_t>(-1), group, AT_SYMLINK_NOFOLLOW) < 0)
    return failed("change the group");
  if (S_ISLNK(status.st_mode)) return {};
  const mode_t old = status.st_mode & 07777, wanted = old | (S_ISDIR(status.st_mode) ? kDirectory : kFile);
  // chown(2) takes setuid and setgid away from programs; the kubelet leaves modes as they were, so they come back.
  const bool is_cut = !is_given && (old & (S_ISUID | S_ISGID)) != 0;
  if ((wanted != old || is_cut) && change_mode(entry.dir, entry.name, wanted) < 0) return failed("change the mode");
  return {};
}

}  // namespace

Result<> give_to_group(int directory, gid_t group) {
  TRY(walk_tree(directory, [&](const Entry& entry) { return give_entry(entry, group); }));
  return give_entry({directory, ".", 0}, group);
}

Result<bool> is_of_group(int directory, gid_t group) {
  struct stat status;
  if (fstat(directory, &status) < 0) return fail_errno(errno, "stat the volume");
  return status.st_gid == group && (status.st_mode & kDirectory) == kDirectory;
}

}  // namespace volumes
