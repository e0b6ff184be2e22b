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

bool is_overlay(const std::string& dir) {
  return path_exists(cat(dir, "/upper"));
}

}  // namespace

Result<images::Rootfs> prepare_labelled_root(const images::Store& store, const images::Image& image,
                                             const std::string& dir, const images::RootfsView& view) {
  images::Rootfs rootfs = TRY(images::prepare_rootfs(store, image, dir, view));
  if (rootfs.is_overlay) return rootfs;
  const Result<> labelled = label_tree(rootfs.path, view.label);
  if (labelled) return rootfs;
  (void)images::remove_rootfs(store, dir);
  return std::unexpected(labelled.error());
}

Result<> note_copied_bytes(const std::string& dir, const std::string& rootfs) {
  if (is_overlay(dir)) return {};
  const Fd root = TRY(open_directory(rootfs));
  return replace_file(copied_bytes_path(dir), cat(TRY(volumes::used_bytes(root.get()))));
}

std::optional<uint64_t> read_copied_bytes(const std::string& dir) {
  if (is_overlay(dir)) return {};
  const Result<std::string> text = read_file(copied_bytes_path(dir));
  return text ? parse_number<uint64_t>(*text) : std::nullopt;
}

}  // namespace kube
