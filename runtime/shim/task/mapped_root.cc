#include "runtime/shim/task/mapped_root.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"

namespace shim {
namespace {

constexpr const char* kMerged = "merged";

Result<std::vector<sandbox::IdMapping>> parse_root_map(std::string_view text) {
  std::vector<sandbox::IdMapping> mappings;
  for (const auto& part : split(text, ',')) {
    const auto numbers = split(part, ':');
    const auto number = [&](size_t i) {
      return i < numbers.size() ? parse_number<uint32_t>(numbers[i]) : std::nullopt;
    };
    const auto inside = number(0), outside = number(1), size = number(2);
    if (numbers.size() != 3 || !inside || !outside || size.value_or(0) == 0)
      return fail(cat(quoted(part), ": not first id, first id on the host and number, with colons between them"));
    mappings.push_back({*inside, *outside, *size});
  }
  return mappings;
}

Result<std::vector<sandbox::IdMapping>> take_map(sandbox::MountOptions& options, std::string_view name) {
  const auto found = std::ranges::find(options.data, name, &sandbox::MountOptions::Data::key);
  if (found == options.data.end()) return std::vector<sandbox::IdMapping>{};
  auto mappings = TRY_IN(cat("option ", quoted(name)), parse_root_map(found->value));
  options.data.erase(found);
  return mappings;
}

Result<> put(int tree, int directory, const std::string& path) {
  const unsigned flags = MOVE_MOUNT_F_EMPTY_PATH | (path.empty() ? MOVE_MOUNT_T_EMPTY_PATH : 0U);
  if (move_mount(tree, "", directory, path.c_str(), flags) < 0) return fail_errno(errno, "move_mount");
  return {};
}

Result<> put_layer(const std::string& layer, const std::string& name, int user_namespace) {
  if (mkdir(name.c_str(), 0700) < 0) return fail_errno(errno, cat("make directory ", quoted(name)));
  const Fd tree = TRY(clone_tree(layer, false));
  TRY_IN(cat("layer ", quoted(layer)), sandbox::map_mount(tree.get(), user_namespace, 0));
  return put(tree.get(), AT_FDCWD, name);
}

// In a mount namespace that ends with it. Gives the overlay as a mount that lies nowhere.
Result<Fd> make_overlay(const MappedOverlay& overlay, const std::string& path, int user_namespace) {
  if (unshare(CLONE_NEWNS) < 0) return fail_errno(errno, "unshare mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0) return fail_errno(errno, "make mounts private");
  if (mount("layers", path.c_str(), "tmpfs", 0, "mode=0700") < 0) return fail_errno(errno, "mount tmpfs");
  if (chdir(path.c_str()) < 0) return fail_errno(errno, cat("chdir ", quoted(path)));
  std::vector<std::string> names;
  for (const auto& layer : overlay.layers) {
    names.push_back(cat(names.size()));
    TRY(put_layer(layer, names.back(), user_namespace));
  }
  if (mkdir(kMerged, 0700) < 0) return fail_errno(errno, cat("make directory ", quoted(kMerged)));
  const std::string options =
      cat("lowerdir=", join(names, ":"), overlay.other_options.empty() ? "" : ",", overlay.other_options);
  if (mount(overlay.source.c_str(), kMerged, "overlay", overlay.flags, options.c_str()) < 0)
    return fail_errno(errno, "mount overlay");
  return clone_tree(kMerged, false);
}

}  // namespace

Result<sandbox::IdMaps> take_root_maps(sandbox::MountOptions& options) {
  sandbox::IdMaps maps;
  maps.uids = TRY(take_map(options, "uidmap"));
  maps.gids = TRY(take_map(options, "gidmap"));
  if (maps.uids.empty() != maps.gids.empty()) return fail("options 'uidmap' and 'gidmap': one without the other");
  return maps;
}

Result<Fd> clone_tree(const std::string& path, bool recursive) {
  const unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0U);
  Fd tree(open_tree(AT_FDCWD, path.c_str(), flags));
  if (!tree.is_open()) return fail_errno(errno, cat("open_tree ", quoted(path)));
  return tree;
}

Result<> attach_tree(int tree, int place) {
  return put(tree, place, "");
}

// An overlay takes its layers by their paths, and only such as lie in the mount namespace of who mounts it
// (fs/namespace.c, clone_private_mount): in one of our own, nobody sees them there, and nothing of them is left
// whenever we are killed.
Result<> mount_mapped(const MappedOverlay& overlay, const std::string& path, int place) {
  const Fd user_namespace = TRY(sandbox::make_user_namespace(overlay.maps));
  const Fd home(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
  if (!home.is_open()) return fail_errno(errno, "open '/proc/self/ns/mnt'");
  const auto made = make_overlay(overlay, path, user_namespace.get());
  if (setns(home.get(), CLONE_NEWNS) < 0) return fail_errno(errno, "return to the mount namespace");
  if (!made) return std::unexpected(made.error());
  return attach_tree(made->get(), place);
}

}  // namespace shim
