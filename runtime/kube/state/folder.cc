#include "runtime/kube/state/folder.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/text.h"

namespace kube {
namespace {

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

}  // namespace

Result<std::vector<std::string>> list_all_names(const std::string& path) {
  std::vector<std::string> names;
  std::unique_ptr<DIR, CloseDir> dir(opendir(path.c_str()));
  if (!dir) {
    if (errno == ENOENT) return names;
    return fail_errno(errno, cat("open ", quoted(path)));
  }
  while (const dirent* entry = readdir(dir.get()))
    if (std::string_view name = entry->d_name; name != "." && name != "..") names.emplace_back(name);
  std::ranges::sort(names);
  return names;
}

Result<std::vector<std::string>> list_names(const std::string& path) {
  std::vector<std::string> names = TRY(list_all_names(path));
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  return names;
}

}  // namespace kube
