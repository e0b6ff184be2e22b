#include "sandbox/images/metadata.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"

namespace images {

namespace {

constexpr int64_t kLargestId = 4294967294;  // the one above means "no change" to chown(2)

struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
};

Result<Owner> owner_of(archive_entry* entry) {
  const int64_t uid = archive_entry_uid(entry), gid = archive_entry_gid(entry);
  if (uid < 0 || uid > kLargestId) return fail(cat("user id ", uid, " is not between 0 and ", kLargestId));
  if (gid < 0 || gid > kLargestId) return fail(cat("group id ", gid, " is not between 0 and ", kLargestId));
  return Owner{static_cast<uid_t>(uid), static_cast<gid_t>(gid)};
}

Result<> apply_attributes(archive_entry* entry, int file) {
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  archive_entry_xattr_reset(entry);
  while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
    if (!is_kept_attribute(name)) continue;
    if (fsetxattr(file, name, value, size, 0) == 0) continue;
    // tmpfs has no user.* before Linux 6.6; a lost comment is no lost image, a lost capability would be.
    if (errno == EOPNOTSUPP && std::string_view(name).starts_with("user.")) continue;
    return fail_errno(errno, cat("set extended attribute ", quoted(name)));
  }
  return {};
}

Result<> set_owner_at(const Owner& owner, const timespec& time, int folder, const std::string& name) {
  if (fchownat(folder, name.c_str(), owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW) < 0)
    return fail_errno(errno, "set owner");
  const timespec times[2] = {{0, UTIME_OMIT}, time};
  if (utimensat(folder, name.c_str(), times, AT_SYMLINK_NOFOLLOW) < 0) return fail_errno(errno, "set time");
  return {};
}

}  // namespace

bool is_kept_attribute(std::string_view name) {
  if (name == "security.capability") return true;
  return name.starts_with("user.") && !name.starts_with("user.overlay.");
}

Result<> apply_metadata(archive_entry* entry, int file) {
  const Owner owner = TRY(owner_of(entry));
  if (fchown(file, owner.uid, owner.gid) < 0) return fail_errno(errno, "set owner");
  if (fchmod(file, archive_entry_perm(entry) & 07777) < 0) return fail_errno(errno, "set mode");
  return apply_attributes(entry, file);
}

Result<> apply_owner_at(archive_entry* entry, int folder, const std::string& name) {
  const Owner owner = TRY(owner_of(entry));
  return set_owner_at(owner, modified(entry), folder, name);
}

Result<> copy_owner_at(const struct stat& what, int folder, const std::string& name) {
  return set_owner_at({what.st_uid, what.st_gid}, what.st_mtim, folder, name);
}

timespec modified(archive_entry* entry) {
  return {archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
}

Result<> apply_time(int file, const timespec& time) {
  const timespec times[2] = {{0, UTIME_OMIT}, time};
  if (futimens(file, times) < 0) return fail_errno(errno, "set time");
  return {};
}

}  // namespace images
