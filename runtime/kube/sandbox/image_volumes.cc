#include "runtime/kube/sandbox/image_volumes.h"

#include <algorithm>
#include <cerrno>

#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/sandbox/labelled_root.h"
#include "runtime/kube/sandbox/pod_folders.h"
#include "runtime/kube/state/folder.h"
#include "sandbox/volumes/bind.h"

namespace kube {

std::vector<const Volume*> image_volumes_of(const PodSpec& spec, const Container& container) {
  std::vector<const Volume*> found;
  for (const Volume& volume : spec.volumes)
    if (volume.image &&
        std::ranges::find(container.volume_mounts, volume.name, &VolumeMount::name) != container.volume_mounts.end())
      found.push_back(&volume);
  return found;
}

Result<> make_image_volume(const images::Store& store, const std::string& data_dir, const std::string& name,
                           const images::Image& image, const images::RootfsView& view) {
  const std::string dir = cat(data_dir, "/images/", name);
  TRY(make_directories(dir, 0700));
  const Result<images::Rootfs> rootfs = prepare_labelled_root(store, image, dir, view);
  if (!rootfs && rootfs.error().err == EEXIST) return {};
  if (!rootfs) return std::unexpected(rootfs.error());
  const Result<> bound = [&]() -> Result<> {
    const Fd root = TRY(open_directory(rootfs->path));
    return volumes::bind_to(root.get(), cat(data_dir, "/volumes/", name));
  }();
  if (!bound) (void)images::remove_rootfs(store, dir);
  return bound;
}

Result<> remove_image_volumes(const images::Store& store, const std::string& data_dir) {
  for (const std::string& name : TRY(list_names(cat(data_dir, "/images"))))
    TRY(images::remove_rootfs(store, cat(data_dir, "/images/", name)));
  return {};
}

}  // namespace kube
