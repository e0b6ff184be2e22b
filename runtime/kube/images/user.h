// Who a container runs as, by the image's own /etc/passwd and /etc/group.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace images {

struct User {
  uint32_t uid = 0, gid = 0;
  std::vector<uint32_t> groups;  // additional: the groups of /etc/group that list the user, without gid
  std::string name;              // empty when /etc/passwd does not know the uid
  std::string home;              // of /etc/passwd, or "/"
};

// `rootfs` is the container's root on the host; `user` is "", "UID", "NAME", and either with ":GID" or ":GROUP"
// (image-spec config.md, "User"). The rules are Docker's: no group given: the passwd entry's, or 0 for a uid that it
// does not know; names must be known; a group given means no additional groups of /etc/group. Both files are read
// inside the root, whole lines only, at most 1 MiB each (CVE-2026-47262); ids up to 4294967294 (CVE-2024-40635).
Result<User> resolve_user(const std::string& rootfs, const std::string& user);

// The gids of the groups of the image's /etc/group that list the user of that uid (the kubelet's
// supplementalGroupsPolicy Merge).
Result<std::vector<uint32_t>> read_groups_of(const std::string& rootfs, uint32_t uid);

// A regular file in the root, as the container would find it, at most `limit` bytes. ENOENT when it is not there.
Result<std::string> read_file_in_rootfs(const std::string& rootfs, const std::string& path, size_t limit = 1 << 20);

}  // namespace images
