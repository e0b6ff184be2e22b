// What is there.
#include <algorithm>
#include <cerrno>

#include "base/directory.h"
#include "base/text.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/lifecycle/status.h"

namespace lifecycle {

Result<oci::Listed> read_state(const std::string& root, const std::string& id) {
  auto dir = TRY(StateDir::open(root, id));
  auto state = TRY(dir.read());
  auto status = read_status(dir, state);
  return oci::Listed{std::move(state), status};
}

Result<std::vector<oci::Listed>> list(const std::string& root) {
  std::vector<oci::Listed> found;
  const Directory dir(opendir(root.c_str()));
  if (!dir && errno == ENOENT) return found;
  if (!dir) return fail_errno(errno, cat("list ", quoted(root)));
  while (const dirent* entry = readdir(dir.get())) {
    std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    // What vanishes meanwhile, or is no container, is not on the list.
    if (auto listed = read_state(root, name)) found.push_back(std::move(*listed));
  }
  std::ranges::sort(found, {}, [](const oci::Listed& listed) { return listed.state.id; });
  return found;
}

}  // namespace lifecycle
