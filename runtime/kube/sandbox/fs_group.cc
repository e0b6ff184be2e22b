#include "runtime/kube/sandbox/fs_group.h"

#include "base/text.h"
#include "runtime/kube/sandbox/pod_folders.h"
#include "sandbox/volumes/ownership.h"

namespace kube {

Result<> apply_fs_group(const Pod& pod, const std::string& folder) {
  const auto& security = pod.spec.security_context;
  if (!security || !security->fs_group) return {};
  const auto group = static_cast<gid_t>(*security->fs_group);
  const Fd root = TRY(open_directory(folder));
  if (security->fs_group_change_policy == "OnRootMismatch" && TRY(volumes::is_of_group(root.get(), group))) return {};
  TRY_IN(cat("give the volume to group ", group), volumes::give_to_group(root.get(), group));
  return {};
}

}  // namespace kube
