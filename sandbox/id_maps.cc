#include "sandbox/id_maps.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/file.h"
#include "base/text.h"
#include "sandbox/launch.h"

namespace sandbox {
namespace {

constexpr uint64_t kIds = uint64_t{1} << 32;

// Ids of the container become ids of the host, in as many pieces as the container's maps have there.
Result<> resolve(IdMapping wanted, const std::vector<IdMapping>& container, std::vector<IdMapping>& out) {
  while (wanted.size > 0) {
    const IdMapping* part = nullptr;
    for (const auto& entry : container)
      if (wanted.host_id >= entry.container_id && wanted.host_id - entry.container_id < entry.size) part = &entry;
    if (part == nullptr) return fail(cat("id ", wanted.host_id, " is not mapped in the container's user namespace"));
    uint32_t skipped = wanted.host_id - part->container_id;
    uint32_t size = std::min(wanted.size, part->size - skipped);
    out.push_back({wanted.container_id, part->host_id + skipped, size});
    wanted = {wanted.container_id + size, wanted.host_id + size, wanted.size - size};
  }
  return {};
}

Result<> parse_triplet(std::string_view text, const std::vector<IdMapping>& container, std::vector<IdMapping>& out) {
  bool relative = text.starts_with('@');
  auto numbers = split(text.substr(relative ? 1 : 0), '-');
  std::optional<uint32_t> values[3];
  for (size_t i = 0; i < 3 && numbers.size() == 3; i++) values[i] = parse_number<uint32_t>(numbers[i]);
  if (!values[0] || !values[1] || !values[2] || *values[2] == 0)
    return fail(cat(quoted(text), " is not like '0-1000-10'"));
  IdMapping mapping{*values[0], *values[1], *values[2]};
  if (uint64_t{mapping.container_id} + mapping.size > kIds || uint64_t{mapping.host_id} + mapping.size > kIds)
    return fail(cat(quoted(text), " reaches beyond the largest id"));
  if (relative) return resolve(mapping, container, out);
  out.push_back(mapping);
  return {};
}

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

std::string id_map_text(const std::vector<IdMapping>& mappings) {
  std::string text;
  for (const auto& mapping : mappings) text += cat(mapping.container_id, " ", mapping.host_id, " ", mapping.size, "\n");
  return text;
}

Result<IdMaps> parse_id_maps(std::string_view text, const IdMaps& container) {
  IdMaps maps;
  for (const auto& part : split(text, ';')) {
    bool uids = part.starts_with("uids="), gids = part.starts_with("gids=");
    if (!uids && !gids) return fail(cat(quoted(part), " is neither 'uids=…' nor 'gids=…'"));
    for (const auto& triplet : split(std::string_view(part).substr(5), '#'))
      TRY(parse_triplet(triplet, uids ? container.uids : container.gids, uids ? maps.uids : maps.gids));
  }
  if (maps.uids.empty() || maps.gids.empty())
    return fail(maps.uids.empty() ? "'uids=' is missing" : "'gids=' is missing");
  return maps;
}

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
