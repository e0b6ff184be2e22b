#include "sandbox/volumes/list.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/descriptor.h"
#include "sandbox/volumes/walk.h"

namespace volumes {

Result<std::vector<std::string>> list_directory(int directory) {
  // Opened anew: a copy of the descriptor would share its place in the list.
  Fd fd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* stream = fd.is_open() ? fdopendir(fd.get()) : nullptr;
  if (!stream) return fail_errno(errno, "list a directory");
  (void)fd.release();
  std::vector<std::string> names;
  while (const dirent* entry = readdir(stream))
    if (const std::string_view name = entry->d_name; name != "." && name != "..") names.emplace_back(name);
  closedir(stream);
  std::ranges::sort(names);
  return names;
}

Result<size_t> count_files(int directory) {
  size_t files = 0;
  TRY(walk_tree(directory, [&](const Entry& entry) -> Result<> {
    if (entry.type != DT_DIR) files++;
    return {};
  }));
  return files;
}

}  // namespace volumes
