#include "runtime/kube/sandbox/mounts.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/volume_source.h"
#include "runtime/kube/sandbox/content_volumes.h"
#include "runtime/kube/sandbox/sub_paths.h"

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

sandbox::Mount bind_mount(const std::string& source, const std::string& destination, bool read_only) {
  return {destination, "bind", source, Options{"rbind", "rprivate", read_only ? "ro" : "rw"}};
}

size_t depth(const std::string& path) {
  return static_cast<size_t>(std::ranges::count(path, '/'));
}

// Images, and files that others keep up to date, are read-only whatever the mount says.
bool is_read_only(const Volume& volume, const VolumeMount& mount) {
  return mount.read_only || volume.image || is_content_volume(volume) || (volume.claim && volume.claim->read_only);
}

Options volume_options(const Volume& volume, const VolumeMount& mount) {
  const std::string& wanted = mount.mount_propagation;
  Options options = {"rbind", wanted == "Bidirectional"     ? "rshared"
                              : wanted == "HostToContainer" ? "rslave"
                                                            : "rprivate"};
  options.emplace_back(is_read_only(volume, mount) ? "ro" : "rw");
  // IfPossible is always possible: mount_setattr(2) came with Linux 5.12.
  if (mount.recursive_read_only == "Enabled" || mount.recursive_read_only == "IfPossible") options.emplace_back("rro");
  return options;
}

std::string target_of(const VolumeMount& mount) {
  std::string target = mount.mount_path;
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  return target;
}

Result<std::vector<sandbox::Mount>> volume_mounts(const ContainerContext& context) {
  std::vector<sandbox::Mount> mounts;
  const std::vector<VolumeMount>& wanted = context.container->volume_mounts;
  for (size_t i = 0; i < wanted.size(); i++) {
    const Volume* volume = find_volume(context.pod->pod->spec, wanted[i].name);
    if (!volume) return fail(cat("volume ", quoted(wanted[i].name), " not found"));
    const std::string source =
        has_sub_path(wanted[i]) ? sub_path_place(context, i) : cat(context.pod->data_dir, "/volumes/", wanted[i].name);
    mounts.push_back({target_of(wanted[i]), "bind", source, volume_options(*volume, wanted[i])});
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
    mounts.push_back(bind_mount(cat(data, "/etc/", file), cat("/etc/", file), read_only_root));
  // In the host's IPC namespace shared memory is the host's, too.
  const bool is_host_ipc = context.pod->pod->spec.host_ipc;
  mounts.push_back(bind_mount(is_host_ipc ? "/dev/shm" : cat(data, "/shm"), "/dev/shm", false));
  mounts.push_back(
      bind_mount(cat(context.dir, "/termination-log"), context.container->termination_message_path, false));
  for (sandbox::Mount& volume : TRY(volume_mounts(context))) {
    // A volume takes the place of what a CRI would have mounted there.
    std::erase_if(mounts, [&](const sandbox::Mount& mount) { return mount.destination == volume.destination; });
    mounts.push_back(std::move(volume));
  }
  return mounts;
}

std::vector<std::string> image_targets(const ContainerContext& context) {
  std::vector<std::string> targets;
  for (const VolumeMount& mount : context.container->volume_mounts)
    if (const Volume* volume = find_volume(context.pod->pod->spec, mount.name); volume && volume->image)
      targets.push_back(target_of(mount));
  return targets;
}

bool shares_mounts(const Container& container) {
  return std::ranges::find(container.volume_mounts, "Bidirectional", &VolumeMount::mount_propagation) !=
         container.volume_mounts.end();
}

}  // namespace kube
