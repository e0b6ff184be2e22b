#include "runtime/shim/task/pod_folder.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <climits>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"

namespace shim {
namespace {

constexpr const char* kShmSize = "65536k";  // as containerd and Docker have it

// Empty when the host has none.
Result<std::string> read_if_there(const std::string& path) {
  auto text = read_file(path);
  if (!text && text.error().err == ENOENT) return std::string();
  return text;
}

Result<HostFiles> read_host_files() {
  char name[HOST_NAME_MAX + 1] = {};
  if (gethostname(name, sizeof name - 1) < 0) return fail_errno(errno, "gethostname");
  HostFiles files{.hostname = cat(name, "\n"), .hosts = {}, .resolv_conf = {}};
  files.hosts = TRY(read_if_there("/etc/hosts"));
  files.resolv_conf = TRY(read_if_there("/etc/resolv.conf"));
  return files;
}

Result<> write_pod_file(const std::string& path, const std::string& text, const PodOwner& owner) {
  TRY(publish_file(path, text, 0644));
  if (chown(path.c_str(), owner.uid, owner.gid) < 0) return fail_errno(errno, cat("chown ", quoted(path)));
  return {};
}

Result<> mount_shm(const std::string& place, const PodOwner& owner) {
  TRY(make_directories(place, 0755));
  const std::string options = cat("mode=1777,size=", kShmSize, ",uid=", owner.uid, ",gid=", owner.gid);
  if (mount("shm", place.c_str(), "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, options.c_str()) < 0)
    return fail_errno(errno, cat("mount ", quoted(place)));
  return {};
}

}  // namespace

Result<> make_pod_folder(const Pod& pod) {
  const std::string folder = pod_folder(pod.bundle);
  const PodOwner owner = pod_owner(pod);
  TRY(make_directories(folder, 0755));
  for (const auto& file : pod_files(pod, TRY(read_host_files())))
    TRY(write_pod_file(cat(folder, "/", file.name), file.text, owner));
  if (has_own_shm(pod)) TRY(mount_shm(pod_shm(pod.bundle), owner));
  return {};
}

Result<> unmount_pod_folder(const std::string& bundle) {
  const std::string place = pod_shm(bundle);
  // EINVAL: nothing is mounted there.
  if (umount2(place.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0 || errno == EINVAL || errno == ENOENT) return {};
  return fail_errno(errno, cat("unmount ", quoted(place)));
}

}  // namespace shim
