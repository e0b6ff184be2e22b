#include "sandbox/images/work.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <memory>

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

namespace {

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};

}  // namespace

Result<std::vector<std::string>> list_folder(int folder) {
  Fd fresh(openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));  // with a position of its own
  if (!fresh.is_open()) return fail_errno(errno, "open directory");
  std::unique_ptr<DIR, CloseDir> dir(fdopendir(fresh.get()));
  if (!dir) return fail_errno(errno, "list directory");
  (void)fresh.release();  // closedir closes it
  std::vector<std::string> names;
  while (const dirent* entry = readdir(dir.get())) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::vector<std::string>> list_folder(const std::string& path) {
  Fd folder(open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return TRY_IN(quoted(path), list_folder(folder.get()));
}

}  // namespace images
