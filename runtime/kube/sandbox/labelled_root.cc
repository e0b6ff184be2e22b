#include "runtime/kube/sandbox/labelled_root.h"

#include "runtime/kube/sandbox/volume_labels.h"

namespace kube {

Result<images::Rootfs> prepare_labelled_root(const images::Store& store, const images::Image& image,
                                             const std::string& dir, const images::RootfsView& view) {
  images::Rootfs rootfs = TRY(images::prepare_rootfs(store, image, dir, view));
  if (rootfs.is_overlay) return rootfs;
  const Result<> labelled = label_tree(rootfs.path, view.label);
  if (labelled) return rootfs;
  (void)images::remove_rootfs(store, dir);
  return std::unexpected(labelled.error());
}

}  // namespace kube
