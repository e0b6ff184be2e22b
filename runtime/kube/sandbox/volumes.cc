#include "runtime/kube/sandbox/volumes.h"

#include <unistd.h>

#include <algorithm>

#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/volume_source.h"
#include "runtime/kube/sandbox/content_volumes.h"
#include "runtime/kube/sandbox/fs_group.h"
#include "runtime/kube/sandbox/host_path.h"
#include "runtime/kube/sandbox/huge_pages.h"
#include "runtime/kube/sandbox/pod_folders.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/state/folder.h"
#include "runtime/kube/state/objects.h"
#include "sandbox/volumes/bind.h"

namespace kube {
namespace {

// A volume on its way.
struct Step {
  const PodContext& context;
  std::string path;        // where it is to be
  bool is_shared = false;  // mounts that a container makes in it are to show outside
};

bool is_shared(const PodSpec& spec, const std::string& volume) {
  return std::ranges::any_of(all_containers(spec), [&](const Container* container) {
    return std::ranges::any_of(container->volume_mounts, [&](const VolumeMount& mount) {
      return mount.name == volume && mount.mount_propagation == "Bidirectional";
    });
  });
}

Result<> make_empty_dir(const Step& step, const EmptyDir& volume) {
  const PodContext& context = step.context;
  TRY(make_directory(step.path, 0777));
  const PodSpec& spec = context.pod->spec;
  if (volume.medium == "Memory")
    TRY(mount_tmpfs(step.path, 0, cat("mode=0777,size=", memory_volume_size(spec, volume, context.node))));
  if (has_huge_pages(volume)) TRY(mount_huge_pages(step.path, TRY(huge_page_size(spec, volume.medium))));
  TRY(apply_fs_group(*context.pod, step.path));
  if (!step.is_shared) return {};
  // Only a mount can pass mounts on, from one container of the pod to the others.
  const Fd folder = TRY(open_directory(step.path));
  TRY(volumes::bind_to(folder.get(), step.path));
  return volumes::share_mounts(step.path);
}

// From the host's own mounts where the container's are to show there: ours only receive.
Result<> make_host_volume(const Step& step, const HostPathSource& source) {
  if (!step.is_shared || step.context.host_mounts < 0) {
    const Fd place = TRY(open_host_path(source));
    return volumes::bind_to(place.get(), step.path);
  }
  const Fd tree = TRY(volumes::open_elsewhere(step.context.host_mounts, [&]() -> Result<Fd> {
    const Fd place = TRY(open_host_path(source));
    if (!TRY(volumes::is_shared(place.get())))
      return fail(cat("path \"", source.path, "\" is not on a shared mount"), "mount --make-shared what it is on");
    return volumes::clone_tree(place.get());
  }));
  return volumes::attach_tree(tree.get(), step.path);
}

Result<PersistentVolume> volume_of(const PodContext& context, const ClaimSource& source) {
  const auto claim =
      TRY(read_object<PersistentVolumeClaim>(*context.place, context.pod->metadata.ns, source.claim_name));
  return read_object<PersistentVolume>(*context.place, "", claim.spec.volume_name);
}

// A local volume must be there; a hostPath one is made, as without a claim. fsGroup is for what only this node has: not
// for a hostPath, which is the host's own (kubelet).
Result<> make_claimed_volume(const Step& step, const ClaimSource& source) {
  const PodContext& context = step.context;
  const PersistentVolume volume = TRY(volume_of(context, source));
  if (!volume.spec.mount_options.empty())
    return fail("mount options are not supported by the provided plugin but were specified",
                "hostPath and local volumes are places of the host as they are mounted there");
  if (volume.spec.host_path) return make_host_volume(step, *volume.spec.host_path);
  if (!volume.spec.local) return fail("no source that this version knows");
  const std::string& path = volume.spec.local->path;
  if (access(path.c_str(), F_OK) < 0) return fail(cat("path \"", path, "\" does not exist"));
  TRY(make_host_volume(step, {path, "Directory"}));
  return source.read_only ? Result<>() : apply_fs_group(*context.pod, step.path);
}

// The reader has seen to it that a volume has exactly one source.
Result<> make_volume(const PodContext& context, const Volume& volume) {
  const Step step{context, cat(context.data_dir, "/volumes/", volume.name), is_shared(context.pod->spec, volume.name)};
  // What an attempt has left that failed half way.
  volumes::unbind(step.path);
  if (volume.empty_dir) return make_empty_dir(step, *volume.empty_dir);
  if (volume.host_path) return make_host_volume(step, *volume.host_path);
  if (volume.claim) return make_claimed_volume(step, *volume.claim);
  if (is_content_volume(volume)) return make_content_volume(context, volume, step.path);
  if (volume.image) return {};
  return fail("no source that this version knows");
}

}  // namespace

std::vector<VolumeFailure> make_volumes(const PodContext& context, std::set<std::string>& made) {
  std::vector<VolumeFailure> failures;
  const Result<> folder = make_directories(cat(context.data_dir, "/volumes"), 0700);
  for (const Volume& volume : context.pod->spec.volumes) {
    if (made.contains(volume.name)) continue;
    if (const Result<> done = folder ? make_volume(context, volume) : folder; !done)
      failures.push_back({volume.name, done.error().text()});
    else
      made.insert(volume.name);
  }
  return failures;
}

Result<bool> is_relabelled(const PodContext& context, const Volume& volume) {
  if (volume.host_path || volume.image) return false;
  if (!volume.claim) return true;
  if (volume.claim->read_only) return false;
  return TRY(volume_of(context, *volume.claim)).spec.local.has_value();
}

Result<> unmount_volumes(const std::string& data_dir) {
  const std::string folder = cat(data_dir, "/volumes");
  for (const std::string& name : TRY(list_names(folder))) volumes::unbind(cat(folder, "/", name));
  return {};
}

}  // namespace kube
