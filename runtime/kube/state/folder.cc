#include "runtime/kube/state/folder.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "base/path.h"
#include "base/text.h"

namespace kube {

Result<std::vector<std::string>> list_all_names(const std::string& path) {
  const Fd folder(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() && errno == ENOENT) return std::vector<std::string>();
  if (!folder.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return TRY_IN(quoted(path), list_directory(folder.get()));
}

Result<std::vector<std::string>> list_names(const std::string& path) {
  std::vector<std::string> names = TRY(list_all_names(path));
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  return names;
}

}  // namespace kube
