#include "runtime/kube/sandbox/volumes.h"

#include <unistd.h>

#include <cerrno>

#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/sandbox/pod_folders.h"
#include "runtime/kube/sandbox/pod_resources.h"

namespace kube {
namespace {

Result<> make_empty_dir(const PodContext& context, const EmptyDir& volume, const std::string& path) {
  TRY(make_directory(path, 0777));
  if (volume.medium == "Memory")
    TRY(mount_tmpfs(path, 0, cat("mode=0777,size=", memory_volume_size(context.pod->spec, volume, context.node))));
  const auto& security = context.pod->spec.security_context;
  if (!security || !security->fs_group) return {};
  // fsGroup: the folder is the group's, and so is all that is made in it (setgid).
  if (chown(path.c_str(), static_cast<uid_t>(-1), static_cast<gid_t>(*security->fs_group)) < 0)
    return fail_errno(errno, cat("give ", quoted(path), " to group ", *security->fs_group));
  return make_directory(path, 02777);
}

// The reader has seen to it that a volume has exactly one source.
Result<> make_volume(const PodContext& context, const Volume& volume) {
  const std::string path = cat(context.data_dir, "/volumes/", volume.name);
  if (volume.empty_dir) return make_empty_dir(context, *volume.empty_dir, path);
  return fail("no source that this version knows");
}

}  // namespace

Result<> make_volumes(const PodContext& context) {
  TRY(make_directories(cat(context.data_dir, "/volumes"), 0700));
  for (const Volume& volume : context.pod->spec.volumes)
    TRY_IN(cat("volume ", quoted(volume.name)), make_volume(context, volume));
  return {};
}

}  // namespace kube
