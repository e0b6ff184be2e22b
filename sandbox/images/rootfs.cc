#include "sandbox/images/rootfs.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "base/path.h"
#include "base/text.h"
#include "sandbox/images/copy.h"

namespace images {

namespace {

constexpr size_t kOptionsLimit = 4095;  // mount(2) takes one page and cuts the rest off without a word

Result<Fd> open_folder(const std::string& path) {
  Fd folder(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!folder.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  return folder;
}

Result<Fd> make_folder(const std::string& path) {
  if (mkdir(path.c_str(), 0755) < 0) return fail_errno(errno, cat("make directory ", quoted(path)));
  return open_folder(path);
}

// A mount of the folder that shows its files as those of the namespace's ids.
Result<Fd> open_mapped(const std::string& path, int user_namespace) {
  Fd tree(static_cast<int>(
      syscall(SYS_open_tree, AT_FDCWD, path.c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW)));
  if (!tree.is_open()) return fail_errno(errno, cat("open ", quoted(path)));
  mount_attr attributes{MOUNT_ATTR_IDMAP, 0, 0, static_cast<uint64_t>(user_namespace)};
  if (syscall(SYS_mount_setattr, tree.get(), "", AT_EMPTY_PATH, &attributes, sizeof attributes) < 0)
    return fail_errno(errno, cat("map the ids of ", quoted(path)),
                      errno == EINVAL ? "the file system of the image store must support mapped ids" : "");
  return tree;
}

Result<std::vector<Fd>> open_layers(const Store& store, const std::vector<std::string>& layers, int user_namespace) {
  std::vector<Fd> folders;
  for (const auto& layer : layers) {
    const std::string path = layer_path(store, layer);
    folders.push_back(TRY_IN("layer", user_namespace < 0 ? open_folder(path) : open_mapped(path, user_namespace)));
  }
  return folders;
}

// overlayfs before Linux 6.15 wants its layers to be mounted somewhere: one by one over a folder of ours, from which
// they are taken away again once the overlay has mounts of its own of them.
class AttachedLayers {
 public:
  explicit AttachedLayers(std::string dir) : dir_(std::move(dir)) {}
  AttachedLayers(const AttachedLayers&) = delete;
  ~AttachedLayers() {
    for (size_t i = 0; i < count_; i++) umount2(dir_.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
    rmdir(dir_.c_str());
  }
  Result<> attach(const std::vector<Fd>& layers) {
    const Fd folder = TRY(make_folder(dir_));
    for (const Fd& layer : layers) {
      if (syscall(SYS_move_mount, layer.get(), "", AT_FDCWD, dir_.c_str(), MOVE_MOUNT_F_EMPTY_PATH) < 0)
        return fail_errno(errno, cat("attach a layer at ", quoted(dir_)));
      count_++;
    }
    return {};
  }

 private:
  std::string dir_;
  size_t count_ = 0;
};

std::string by_descriptor(const Fd& fd) {
  return cat("/proc/self/fd/", fd.get());
}

// Layers are named by descriptor: 127 full paths would not fit into the page of options, and a comma or a colon in the
// path of the store would end a name.
std::string overlay_options(const std::vector<Fd>& layers, const Fd& upper, const Fd& work, const std::string& label) {
  std::vector<std::string> lower;
  for (auto layer = layers.rbegin(); layer != layers.rend(); ++layer) lower.push_back(by_descriptor(*layer));
  // volatile: what a container writes into its root does not outlive it, so nothing waits for it to reach the disk.
  const std::string options = cat("lowerdir=", join(lower, ":"), ",upperdir=", by_descriptor(upper),
                                  ",workdir=", by_descriptor(work), ",volatile");
  // In quotes, since the levels of a context have a comma between them.
  return label.empty() ? options : cat(options, ",context=\"", label, "\"");
}

// Does nothing where a layer has taken the folder away.
Result<> apply_folder(const Fd& root, const std::string& path, const struct stat& what) {
  auto folder = open_beneath(root.get(), path, O_RDONLY | O_DIRECTORY);
  if (!folder) return {};
  if (fchown(folder->get(), what.st_uid, what.st_gid) < 0 || fchmod(folder->get(), what.st_mode & 07777) < 0)
    return fail_errno(errno, cat("set owner and mode of ", quoted(path)));
  return {};
}

// The upper directory's root is the container's "/": it gets the owner and the mode that the image's has.
Result<> copy_root_metadata(const Fd& from, const Fd& to) {
  struct stat what{};
  if (fstat(from.get(), &what) < 0) return fail_errno(errno, "stat the layer's root");
  if (fchown(to.get(), what.st_uid, what.st_gid) < 0 || fchmod(to.get(), what.st_mode & 07777) < 0)
    return fail_errno(errno, "set owner and mode of the root");
  return {};
}

bool is_refused_file_system(int err) {
  return err == EINVAL || err == EOPNOTSUPP || err == ENODEV || err == E2BIG;
}

Result<> mount_overlay(const std::vector<Fd>& layers, const std::string& dir, const std::string& label) {
  Fd root = TRY(make_folder(dir + "/rootfs"));
  Fd upper = TRY(make_folder(dir + "/upper"));
  Fd work = TRY(make_folder(dir + "/work"));
  TRY(copy_root_metadata(layers.back(), upper));
  const std::string options = overlay_options(layers, upper, work, label);
  if (options.size() > kOptionsLimit) return fail_errno(E2BIG, cat("mount ", layers.size(), " layers"));
  if (mount("nacelle", by_descriptor(root).c_str(), "overlay", MS_NODEV, options.c_str()) < 0)
    return fail_errno(errno, cat("mount overlayfs at ", quoted(dir + "/rootfs")));
  return {};
}

Result<> remove_folders(const std::string& dir) {
  const std::string rootfs = dir + "/rootfs";
  if (umount2(rootfs.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
    return fail_errno(errno, cat("unmount ", quoted(rootfs)));
  for (const char* name : {"/rootfs", "/upper", "/work"}) TRY(remove_tree(dir + name));
  return {};
}

Result<> copy_all(const std::vector<Fd>& layers, const std::string& dir) {
  Fd root = TRY(make_folder(dir + "/rootfs"));
  for (const auto& layer : layers) TRY_IN("copy layer", copy_layer(layer.get(), root.get()));
  return {};
}

bool stat_folder(const Fd& root, const std::string& path, struct stat& what) {
  auto folder = open_beneath(root.get(), path, O_PATH | O_DIRECTORY);
  return folder && fstat(folder->get(), &what) == 0;
}

// A layer whose archive puts "tmp/file" without listing "tmp" says nothing of the owner and mode of "tmp": those of the
// layers below hold, as they do for engines that unpack one layer over the other.
Result<> inherit_folders(const Store& store, const std::vector<std::string>& layers, const std::vector<Fd>& roots,
                         const std::string& rootfs) {
  std::vector<std::set<std::string>> implied;
  std::set<std::string> all;
  for (const auto& layer : layers) {
    implied.push_back(TRY(implied_folders(store, layer)));
    all.insert(implied.back().begin(), implied.back().end());
  }
  Fd root = TRY(open_folder(rootfs));
  for (const auto& path : all) {
    bool is_covered = false;  // by a folder that says nothing
    struct stat what{};
    for (size_t i = layers.size(); i-- > 0;) {
      if (!stat_folder(roots[i], path, what)) continue;
      if (!implied[i].contains(path)) {
        if (is_covered) TRY(apply_folder(root, path, what));
        break;
      }
      is_covered = true;
    }
  }
  return {};
}

// What is there belongs to a container, maybe a running one; remove_rootfs is for its owner to call.
Result<> refuse_used(const std::string& dir) {
  for (const char* name : {"/rootfs", "/upper", "/work"})
    if (path_exists(dir + name)) return fail_errno(EEXIST, cat("make ", quoted(dir + name)));
  return {};
}

// A failure takes away what was made before it.
Result<Rootfs> made(Result<> result, bool is_overlay, const std::string& dir) {
  if (result) return Rootfs{dir + "/rootfs", is_overlay};
  (void)remove_folders(dir);
  return std::unexpected<Error>(std::move(result).error());
}

}  // namespace

Result<Rootfs> mount_layers(const Store& store, const std::vector<std::string>& layers, const std::string& dir,
                            const RootfsView& view) {
  if (layers.empty()) return copy_layers(store, layers, dir);
  TRY(refuse_used(dir));
  const std::vector<Fd> roots = TRY(open_layers(store, layers, view.user_namespace));
  auto mount = [&]() -> Result<> {
    AttachedLayers attached(dir + "/layers");
    if (view.user_namespace >= 0) TRY(attached.attach(roots));
    TRY(mount_overlay(roots, dir, view.label));
    return inherit_folders(store, layers, roots, dir + "/rootfs");
  };
  auto mounted = made(mount(), true, dir);
  if (!mounted && is_refused_file_system(mounted.error().err)) return copy_layers(store, layers, dir, view);
  return mounted;
}

Result<Rootfs> copy_layers(const Store& store, const std::vector<std::string>& layers, const std::string& dir,
                           const RootfsView& view) {
  TRY(refuse_used(dir));
  const std::vector<Fd> roots = TRY(open_layers(store, layers, view.user_namespace));
  auto copy = [&]() -> Result<> {
    TRY(copy_all(roots, dir));
    return inherit_folders(store, layers, roots, dir + "/rootfs");
  };
  return made(copy(), false, dir);
}

Result<> remove_rootfs(const Store& store, const std::string& dir) {
  TRY(remove_folders(dir));
  return drop_use(store, dir);
}

}  // namespace images
