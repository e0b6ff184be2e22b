#include "runtime/shim/task/rootfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/path.h"
#include "base/text.h"
#include "runtime/shim/task/mapped_root.h"
#include "sandbox/mount_options.h"

namespace shim {
namespace {

constexpr size_t kOptionsLimit = 4095;  // mount(2) takes one page and cuts the rest off without a word

struct Flag {
  uint64_t attribute;  // MOUNT_ATTR_…
  unsigned long flag;  // MS_…
};
constexpr Flag kFlags[] = {
    {MOUNT_ATTR_RDONLY, MS_RDONLY},
    {MOUNT_ATTR_NOSUID, MS_NOSUID},
    {MOUNT_ATTR_NODEV, MS_NODEV},
    {MOUNT_ATTR_NOEXEC, MS_NOEXEC},
    {MOUNT_ATTR_NODIRATIME, MS_NODIRATIME},
    {MOUNT_ATTR_NOATIME, MS_NOATIME},
    {MOUNT_ATTR_STRICTATIME, MS_STRICTATIME},
    {MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW},
};

unsigned long flags_of(const sandbox::MountOptions& options) {
  unsigned long flags = 0;
  for (const auto& [attribute, flag] : kFlags)
    if ((options.set & attribute) != 0) flags |= flag;
  return flags;
}

// Flags of the super block, which mount(2) does not take as text.
unsigned long take_super_flags(std::vector<sandbox::MountOptions::Data>& data) {
  unsigned long flags = 0;
  std::erase_if(data, [&](const auto& option) {
    const unsigned long flag = option.key == "sync"       ? MS_SYNCHRONOUS
                               : option.key == "dirsync"  ? MS_DIRSYNC
                               : option.key == "lazytime" ? MS_LAZYTIME
                                                          : 0;
    flags |= flag;
    return flag != 0;
  });
  return flags;
}

// "/a:/b:/c" as "/proc/self/fd/7:/proc/self/fd/8:…". The descriptors stay open until the worker ends.
Result<std::string> layers_by_descriptor(const std::string& layers) {
  std::vector<std::string> names;
  for (const auto& layer : split(layers, ':')) {
    const int fd = open(layer.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return fail_errno(errno, cat("open layer ", quoted(layer)));
    names.push_back(cat("/proc/self/fd/", fd));
  }
  return join(names, ":");
}

// "context=a:b:c1,c2" with quotes around its value: SELinux takes the comma for the end of the option otherwise.
std::string word_of(const sandbox::MountOptions::Data& option) {
  if (option.flag) return option.key;
  const bool is_quoted = option.key.ends_with("context") && option.value.find(',') != std::string::npos;
  const std::string_view quote = is_quoted ? "\"" : "";
  return cat(option.key, "=", quote, option.value, quote);
}

Result<std::string> text_of(std::vector<sandbox::MountOptions::Data> data) {
  const auto written = [&data] {
    std::vector<std::string> words;
    for (const auto& option : data) words.push_back(word_of(option));
    return join(words, ",");
  };
  std::string text = written();
  if (text.size() <= kOptionsLimit) return text;
  for (auto& option : data)
    if (option.key == "lowerdir") option.value = TRY(layers_by_descriptor(option.value));
  text = written();
  if (text.size() > kOptionsLimit) return fail_errno(E2BIG, cat("options of ", text.size(), " bytes"));
  return text;
}

Result<> check(const wire::Mount& mount) {
  for (const auto& option : mount.options) {
    const std::string_view name = std::string_view(option).substr(0, option.find('='));
    if (name == "loop") return fail("option 'loop': images in files are not mounted by this version");
  }
  return {};
}

// Where a mount goes. A target is a path inside the container's root, and whoever made the image had a say in where it
// leads.
struct Place {
  Fd fd;
  std::string path;  // by that descriptor
  std::string root;  // the bundle's directory
};
Result<Place> open_place(const std::string& root, const std::string& target) {
  Fd fd(open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(errno, cat("open ", quoted(root)));
  if (!target.empty()) fd = TRY(open_in_root(fd.get(), target, O_PATH));
  std::string path = cat("/proc/self/fd/", fd.get());
  return Place{std::move(fd), std::move(path), root};
}

Result<> mount_bind(const wire::Mount& from, const Place& place, const sandbox::MountOptions& options,
                    const sandbox::IdMaps& maps) {
  const Fd tree = TRY(clone_tree(from.source, options.recursive_bind));
  const uint64_t recursive = options.recursive_bind ? sandbox::kRecursive : 0;
  if (!maps.is_empty()) {
    const Fd user_namespace = TRY(sandbox::make_user_namespace(maps));
    TRY(sandbox::map_mount(tree.get(), user_namespace.get(), recursive));
  }
  mount_attr attributes{.attr_set = options.set, .attr_clr = options.clear, .propagation = 0, .userns_fd = 0};
  const auto flags = static_cast<unsigned>(AT_EMPTY_PATH | recursive);
  const bool has_attributes = options.set != 0 || options.clear != 0;
  if (has_attributes && mount_setattr(tree.get(), "", flags, &attributes, sizeof attributes) < 0)
    return fail_errno(errno, "mount_setattr");
  return attach_tree(tree.get(), place.fd.get());
}

Result<> mount_file_system(const wire::Mount& from, const Place& place, sandbox::MountOptions options,
                           const sandbox::IdMaps& maps) {
  const unsigned long flags = flags_of(options) | take_super_flags(options.data);
  const auto lower = std::ranges::find(options.data, "lowerdir", &sandbox::MountOptions::Data::key);
  if (maps.is_empty()) {
    const std::string text = TRY(text_of(std::move(options.data)));
    if (mount(from.source.c_str(), place.path.c_str(), from.type.c_str(), flags, text.c_str()) < 0)
      return fail_errno(errno, "mount");
    return {};
  }
  if (from.type != "overlay" || lower == options.data.end())
    return fail("options 'uidmap' and 'gidmap': of overlays and binds alone the ids can be mapped");
  MappedOverlay overlay{from.source, flags, split(lower->value, ':'), {}, maps};
  options.data.erase(lower);
  overlay.other_options = TRY(text_of(std::move(options.data)));
  return mount_mapped(overlay, place.root, place.fd.get());
}

Result<> mount_one(const wire::Mount& from, const std::string& root) {
  TRY(check(from));
  auto options = TRY(sandbox::parse_mount_options(from.options));
  const auto maps = TRY(take_root_maps(options));
  const Place place = TRY(open_place(root, from.target));
  if (options.bind || from.type == "bind")
    TRY(mount_bind(from, place, options, maps));
  else
    TRY(mount_file_system(from, place, options, maps));
  if (options.propagation == 0) return {};
  const Place mounted = TRY(open_place(root, from.target));  // the descriptor from before is of what it covers
  if (mount(nullptr, mounted.path.c_str(), nullptr, options.propagation, nullptr) < 0)
    return fail_errno(errno, "set the propagation");
  return {};
}

}  // namespace

Result<> mount_rootfs(const std::vector<wire::Mount>& mounts, const std::string& bundle) {
  const std::string root = cat(bundle, "/rootfs");
  if (mounts.empty()) return {};
  if (mkdir(root.c_str(), 0711) < 0 && errno != EEXIST) return fail_errno(errno, cat("make directory ", quoted(root)));
  for (size_t i = 0; i < mounts.size(); i++) {
    auto mounted = mount_one(mounts[i], root);
    if (mounted) continue;
    (void)unmount_rootfs(bundle);
    return std::unexpected(
        within(cat("rootfs[", i, "]: ", mounts[i].type, " ", quoted(mounts[i].source)), std::move(mounted).error()));
  }
  return {};
}

Result<> unmount_rootfs(const std::string& bundle) {
  const std::string root = cat(bundle, "/rootfs");
  // Each call takes the uppermost mount with all that is mounted below it.
  while (umount2(root.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) continue;
  // EINVAL: nothing is mounted there.
  if (errno == EINVAL || errno == ENOENT) return {};
  return fail_errno(errno, cat("unmount ", quoted(root)));
}

}  // namespace shim
