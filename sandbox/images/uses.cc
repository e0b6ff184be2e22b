// Which containers use which image.
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "sandbox/images/digest.h"
#include "sandbox/images/store.h"
#include "sandbox/images/work.h"

namespace images {

namespace {

std::string use_path(const Store& store, const std::string& dir) {
  return cat(store.root, "/uses/", hex_of(digest_of(dir)));
}

}  // namespace

Result<> add_use(const Store& store, const std::string& image_id, const std::string& dir) {
  return replace_file(use_path(store, dir), cat(image_id, "\n", dir));
}

Result<> drop_use(const Store& store, const std::string& dir) {
  const std::string path = use_path(store, dir);
  if (unlink(path.c_str()) < 0 && errno != ENOENT) return fail_errno(errno, cat("remove ", quoted(path)));
  return {};
}

Result<std::vector<Use>> list_uses(const Store& store) {
  const std::string folder = store.root + "/uses";
  std::vector<Use> uses;
  for (const auto& name : TRY(list_folder(folder))) {
    const std::string path = cat(folder, "/", name);
    auto text = read_file(path, size_t{2} * 4096);
    if (!text && text.error().err == ENOENT) continue;  // dropped meanwhile
    const std::string content = TRY(std::move(text));
    const size_t end = content.find('\n');
    Use use{content.substr(0, end), end == std::string::npos ? "" : content.substr(end + 1)};
    if (!use.dir.empty() && path_exists(use.dir))
      uses.push_back(std::move(use));
    else
      unlink(path.c_str());
  }
  return uses;
}

}  // namespace images
