#include "runtime/kube/sandbox/labelled_root.h"

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/sandbox/pod_folders.h"
#include "runtime/kube/sandbox/volume_labels.h"
#include "sandbox/volumes/usage.h"

namespace kube {
namespace {

std::string copied_bytes_path(const std::string& dir) {
  return cat(dir, "/copied-bytes");
}

Result<> note_copied_bytes(const images::Rootfs& rootfs, const std::string& dir) {
  const Fd root = TRY(open_directory(rootfs.path));
  return replace_file(copied_bytes_path(dir), cat(TRY(volumes::used_bytes(root.get()))));
}

}  // namespace

Result<images::Rootfs> prepare_labelled_root(const images::Store& store, const images::Image& image,
                                             const std::string& dir, const images::RootfsView& view) {
  images::Rootfs rootfs = TRY(images::prepare_rootfs(store, image, dir, view));
  if (rootfs.is_overlay) return rootfs;
  Result<> done = label_tree(rootfs.path, view.label);
  if (done) done = note_copied_bytes(rootfs, dir);
  if (done) return rootfs;
  (void)images::remove_rootfs(store, dir);
  return std::unexpected(done.error());
}

std::optional<uint64_t> read_copied_bytes(const std::string& dir) {
  if (path_exists(cat(dir, "/upper"))) return {};
  const Result<std::string> text = read_file(copied_bytes_path(dir));
  return text ? parse_number<uint64_t>(*text) : std::nullopt;
}

}  // namespace kube
