#include "sandbox/images/work.h"

#include <fcntl.h>
#include <stdlib.h>

#include <cerrno>

#include "base/path.h"
#include "base/text.h"

namespace images {

WorkFolder::~WorkFolder() {
  // What cannot be removed now is removed with the next image (remove_others).
  if (!path_.empty()) (void)remove_tree(path_);
}

Result<WorkFolder> make_work_folder(const Store& store) {
  std::string path = store.root + "/work/XXXXXX";
  if (mkdtemp(path.data()) == nullptr) return fail_errno(errno, cat("make a folder in ", quoted(store.root + "/work")));
  return WorkFolder(std::move(path));
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  Fd folder(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return TRY_IN(quoted(path), list_directory(folder.get()));
}

}  // namespace images
