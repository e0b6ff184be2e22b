#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "runtime/lifecycle/lifecycle.h"
#include "runtime/shim/task/exits.h"
#include "runtime/shim/task/pod_folder.h"
#include "runtime/shim/task/rootfs.h"
#include "runtime/shim/task/shim.h"

namespace shim {

Result<Remains> remove_remains(const std::string& bundle, const std::string& id) {
  Remains remains;
  remains.exited_at = exit_now(0).at;
  const auto root = read_file(cat(bundle, "/", kRuntimeRootFile), 4096);
  if (root) {
    const auto listed = lifecycle::read_state(*root, id);
    if (listed) remains.pid = listed->state.pid;
    TRY(lifecycle::remove(*root, id, true));
  } else if (root.error().err != ENOENT) {
    return std::unexpected(root.error());
  }
  TRY(unmount_rootfs(bundle));
  TRY(unmount_pod_folder(bundle));
  return remains;
}

}  // namespace shim
