#include "sandbox/volumes/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <set>

#include "sandbox/volumes/walk.h"

namespace volumes {

Result<uint64_t> used_bytes(int directory) {
  constexpr uint64_t kBlock = 512;  // stat(2): whatever the file system's own is
  uint64_t bytes = 0;
  std::set<ino_t> linked;
  TRY(walk_tree(directory, [&](const Entry& entry) -> Result<> {
    struct stat status;
    if (fstatat(entry.dir, entry.name, &status, AT_SYMLINK_NOFOLLOW) < 0) return {};  // it has just gone
    const bool is_counted = entry.type != DT_DIR && status.st_nlink > 1 && !linked.insert(status.st_ino).second;
    if (!is_counted) bytes += static_cast<uint64_t>(status.st_blocks) * kBlock;
    return {};
  }));
  return bytes;
}

}  // namespace volumes
