// Owner, mode, extended attributes and time of an archive's entry, put on the file made for it.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include <string>

#include "base/result.h"

namespace images {

// The extended attributes that an image's files may have: security.capability and user.*. trusted.* is overlayfs's own
// (redirects, metacopy), security.selinux the host policy's.
bool is_kept_attribute(std::string_view name);

// Owner, mode and extended attributes, in the order in which none undoes another: a change of owner takes setuid bits
// and capabilities away. Ids must be 0 to 4294967294 (CVE-2024-40635: larger ones wrapped round to root).
Result<> apply_metadata(archive_entry* entry, int file);

// Only the owner, of `name` in `folder`, not following it: for links and devices.
Result<> apply_owner_at(archive_entry* entry, int folder, const std::string& name);

// The owner and the time that `what` has, likewise.
Result<> copy_owner_at(const struct stat& what, int folder, const std::string& name);

timespec modified(archive_entry* entry);
Result<> apply_time(int file, const timespec& time);

}  // namespace images
