#include "runtime/kube/sandbox/pod_files.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/sandbox/host_files.h"
#include "runtime/kube/sandbox/pod_folders.h"
#include "runtime/kube/sandbox/resolver.h"
#include "runtime/kube/sandbox/volumes.h"

namespace kube {
namespace {

constexpr const char* kSharedMemoryOptions = "mode=1777,size=65536k";

}  // namespace

Result<> make_etc_files(const PodContext& context, std::vector<std::string>& remarks) {
  const std::string dir = cat(context.data_dir, "/etc");
  TRY(make_directory(dir, 0755));
  const PodSpec& spec = context.pod->spec;
  const std::string hostname = pod_hostname(*context.pod, context.node);
  const std::string& address = context.pod->status.pod_ip;
  std::string hosts = pod_hosts(hostname, pod_domain(spec, context.pod->metadata.ns), spec.host_aliases,
                                address.empty() ? "127.0.0.1" : address);
  if (spec.host_network) hosts = host_network_hosts(read_file("/etc/hosts").value_or(""), spec.host_aliases);
  const std::string& network = context.network_resolver;
  const Resolver resolver =
      pod_resolver(spec, network.empty() ? read_file("/etc/resolv.conf").value_or("") : network, remarks);
  TRY(replace_file(cat(dir, "/hosts"), hosts, 0644));
  TRY(replace_file(cat(dir, "/hostname"), cat(shown_hostname(*context.pod, context.node), "\n"), 0644));
  return replace_file(cat(dir, "/resolv.conf"), resolver_text(resolver), 0644);
}

Result<> make_pod_files(const PodContext& context) {
  TRY(make_directories(context.data_dir, 0700));
  const std::string shm = cat(context.data_dir, "/shm");
  TRY(make_directory(shm, 01777));
  return mount_tmpfs(shm, MS_NOSUID | MS_NOEXEC | MS_NODEV, kSharedMemoryOptions);
}

Result<> make_container_files(const std::string& dir) {
  TRY(make_directories(dir, 0700));
  const std::string log = cat(dir, "/termination-log");
  TRY(replace_file(log, "", 0666));
  // Whatever the umask is: the container may run as anybody.
  if (chmod(log.c_str(), 0666) < 0) return fail_errno(errno, cat("chmod ", quoted(log)));
  return {};
}

std::string read_termination_message(const std::string& dir) {
  constexpr off_t kLimit = 4096;
  // O_NOFOLLOW, O_NONBLOCK: the container can write the file, and could do more to it on a file system that it shares.
  Fd file(open(cat(dir, "/termination-log").c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  struct stat status;
  if (!file.is_open() || fstat(file.get(), &status) < 0 || !S_ISREG(status.st_mode)) return "";
  std::string text(static_cast<size_t>(std::min(status.st_size, kLimit)), '\0');
  const ssize_t got = pread(file.get(), text.data(), text.size(), std::max<off_t>(status.st_size - kLimit, 0));
  text.resize(got < 0 ? 0 : static_cast<size_t>(got));
  return text;
}

Result<> remove_pod_files(const std::string& data_dir) {
  // Wherever something can be mounted; what is no mount point is passed over.
  umount2(cat(data_dir, "/shm").c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  TRY(unmount_volumes(data_dir));
  return remove_tree(data_dir);
}

}  // namespace kube
