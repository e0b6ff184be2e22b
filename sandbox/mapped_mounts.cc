// The part of id_maps.h that asks the kernel.
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "sandbox/id_maps.h"
#include "sandbox/launch.h"

namespace sandbox {
namespace {

struct FileSystem {
  uint32_t magic;  // statfs(2), f_type
  std::string_view name;
};
// Those that a container mounts and the kernel maps no ids for.
constexpr FileSystem kFileSystems[] = {
    {0x9fa0, "proc"},
    {0x62656572, "sysfs"},
    {0x63677270, "cgroup2"},
    {0x794c7630, "overlay"},
    {0x1cd1, "devpts"},
    {0x19800202, "mqueue"},
    {0x6969, "nfs"},
    {0x01021997, "9p"},
    {0xff534d42, "cifs"},
    {0x65735546, "fuse"},
    {0x858458f6, "ramfs"},
    {0x958458f6, "hugetlbfs"},
    {0x64626720, "debugfs"},
    {0x74726163, "tracefs"},
    {0xcafe4a11, "bpf"},
    {0x73636673, "securityfs"},
    {0x42494e4d, "binfmt_misc"},
};

std::string describe_file_system(int mount) {
  struct statfs info{};
  if (fstatfs(mount, &info) < 0) return "the file system";
  for (const auto& known : kFileSystems)
    if (known.magic == static_cast<uint32_t>(info.f_type)) return cat("file system ", quoted(known.name));
  return "the file system";
}

}  // namespace

Result<Fd> make_user_namespace(const IdMaps& maps) {
  // The child of an empty plan waits for its maps, and dies with the object when we have the namespace.
  Plan nothing;
  LaunchOptions options;
  options.namespaces = CLONE_NEWUSER;
  auto child = TRY(launch(nothing, options));
  std::string proc = cat("/proc/", child.process().pid, "/");
  TRY_IN("uidMappings", write_kernel_file_at(AT_FDCWD, proc + "uid_map", id_map_text(maps.uids)));
  TRY_IN("gidMappings", write_kernel_file_at(AT_FDCWD, proc + "gid_map", id_map_text(maps.gids)));
  Fd made(open((proc + "ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  if (!made.is_open()) return fail_errno(errno, "open the user namespace of a mount's ids");
  return made;
}

Result<> map_mount(int mount, int user_namespace, uint64_t recursive) {
  mount_attr attributes{MOUNT_ATTR_IDMAP, 0, 0, static_cast<uint64_t>(user_namespace)};
  if (syscall(SYS_mount_setattr, mount, "", AT_EMPTY_PATH | recursive, &attributes, sizeof attributes) == 0) return {};
  int err = errno;
  if (err == EINVAL)
    return fail(cat(describe_file_system(mount), recursive != 0 ? ", or one mounted below it," : "",
                    " cannot be mounted with mapped ids"),
                "its kernel driver does not support it; or a part is mapped already");
  if (err == EPERM)
    return fail_errno(err, "map the ids of the mount", "it needs CAP_SYS_ADMIN where the file system was mounted");
  return fail_errno(err, "map the ids of the mount");
}

}  // namespace sandbox
