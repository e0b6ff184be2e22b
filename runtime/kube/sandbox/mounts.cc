#include "runtime/kube/sandbox/mounts.h"

#include <algorithm>

#include "base/text.h"

namespace kube {
namespace {

using Options = std::vector<std::string>;

std::vector<sandbox::Mount> kernel_mounts() {
  return {
      {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
      {"/dev", "tmpfs", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}},
      {"/dev/pts", "devpts", "devpts", {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}},
      {"/dev/mqueue", "mqueue", "mqueue", {"nosuid", "noexec", "nodev"}},
      {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
      {"/sys/fs/cgroup", "cgroup", "cgroup", {"nosuid", "noexec", "nodev", "relatime", "ro"}},
  };
}

sandbox::Mount bind(const std::string& source, const std::string& destination, bool read_only) {
  return {destination, "bind", source, Options{"rbind", "rprivate", read_only ? "ro" : "rw"}};
}

size_t depth(const std::string& path) {
  return static_cast<size_t>(std::ranges::count(path, '/'));
}

bool has_volume(const PodSpec& spec, const std::string& name) {
  return std::ranges::find(spec.volumes, name, &Volume::name) != spec.volumes.end();
}

Result<std::vector<sandbox::Mount>> volume_mounts(const ContainerContext& context) {
  std::vector<sandbox::Mount> mounts;
  for (const VolumeMount& mount : context.container->volume_mounts) {
    if (!has_volume(context.pod->pod->spec, mount.name)) return fail(cat("volume ", quoted(mount.name), " not found"));
    std::string target = mount.mount_path;
    while (target.size() > 1 && target.back() == '/') target.pop_back();
    mounts.push_back(bind(cat(context.pod->data_dir, "/volumes/", mount.name), target, mount.read_only));
  }
  // A mount below another one's target must come after it, or it would be hidden.
  std::ranges::stable_sort(mounts, {}, [](const sandbox::Mount& mount) { return depth(mount.destination); });
  return mounts;
}

}  // namespace

Result<std::vector<sandbox::Mount>> container_mounts(const ContainerContext& context, bool read_only_root) {
  const std::string& data = context.pod->data_dir;
  std::vector<sandbox::Mount> mounts = kernel_mounts();
  for (const char* file : {"hosts", "hostname", "resolv.conf"})
    mounts.push_back(bind(cat(data, "/etc/", file), cat("/etc/", file), read_only_root));
  mounts.push_back(bind(cat(data, "/shm"), "/dev/shm", false));
  mounts.push_back(bind(cat(context.dir, "/termination-log"), context.container->termination_message_path, false));
  for (sandbox::Mount& volume : TRY(volume_mounts(context))) {
    // A volume takes the place of what a CRI would have mounted there.
    std::erase_if(mounts, [&](const sandbox::Mount& mount) { return mount.destination == volume.destination; });
    mounts.push_back(std::move(volume));
  }
  return mounts;
}

}  // namespace kube
