#include "runtime/kube/sandbox/privileged.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>

#include "base/path.h"
#include "base/text.h"

namespace kube {
namespace {

// As containerd has it: a container has terminals, shared memory and queues of its own, and ours is its console.
bool is_own(std::string_view name, bool at_top) {
  constexpr std::string_view kOwn[] = {"pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev"};
  return (at_top && (name == "console" || name == "ptmx")) || std::ranges::find(kOwn, name) != std::end(kOwn);
}

sandbox::Device describe(std::string path, const struct stat& info) {
  sandbox::Device device;
  device.path = std::move(path);
  device.type = S_ISBLK(info.st_mode) ? 'b' : 'c';
  device.major = major(info.st_rdev);
  device.minor = minor(info.st_rdev);
  device.mode = info.st_mode & 07777;
  device.uid = info.st_uid;
  device.gid = info.st_gid;
  return device;
}

// Other file systems below /dev are somebody else's.
Result<> list_devices(int parent, const std::string& name, const std::string& path, dev_t file_system,
                      std::vector<sandbox::Device>& out) {
  Fd folder(openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  struct stat info{};
  if (!folder.is_open() || fstat(folder.get(), &info) < 0) return fail_errno(errno, cat("open ", quoted(path)));
  if (file_system != 0 && info.st_dev != file_system) return {};
  for (const std::string& child : TRY_IN(quoted(path), list_directory(folder.get()))) {
    if (is_own(child, path == "/dev")) continue;
    struct stat node{};
    if (fstatat(folder.get(), child.c_str(), &node, AT_SYMLINK_NOFOLLOW) < 0) continue;  // it has just gone
    const std::string here = cat(path, "/", child);
    if (S_ISDIR(node.st_mode)) TRY(list_devices(folder.get(), child, here, info.st_dev, out));
    // 0:0 is a whiteout of overlayfs, no device.
    if ((S_ISCHR(node.st_mode) || S_ISBLK(node.st_mode)) && node.st_rdev != 0) out.push_back(describe(here, node));
  }
  return {};
}

}  // namespace

Result<std::vector<sandbox::Device>> list_host_devices() {
  std::vector<sandbox::Device> devices;
  TRY(list_devices(AT_FDCWD, "/dev", "/dev", 0, devices));
  std::ranges::sort(devices, {}, &sandbox::Device::path);
  return devices;
}

void lift_confinement(const std::vector<sandbox::Device>& devices, oci::Spec& spec) {
  spec.devices = devices;
  spec.resources.devices = {{.allow = true, .type = 'a'}};
  spec.masked_paths.clear();
  spec.readonly_paths.clear();
  spec.seccomp.reset();
  spec.process->apparmor_profile.clear();
  spec.process->selinux_label.clear();
  spec.mount_label.clear();
  for (sandbox::Mount& mount : spec.mounts)
    if (mount.type == "sysfs" || mount.type == "cgroup") std::erase(mount.options, "ro");
}

}  // namespace kube
