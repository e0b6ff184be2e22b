#include "runtime/kube/copy/inside.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "cgroups/control.h"
#include "runtime/lifecycle/lifecycle.h"
#include "security/capabilities.h"

namespace kube {
namespace {

// The user namespace of the process; not open when it is ours, which cannot be joined (setns(2), EINVAL).
Result<Fd> open_users_of(pid_t pid) {
  Fd theirs(open(cat("/proc/", pid, "/ns/user").c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info{}, own{};
  if (!theirs.is_open() || fstat(theirs.get(), &info) < 0 || stat("/proc/self/ns/user", &own) < 0)
    return fail_errno(errno, "open the user namespace of the container");
  return info.st_ino == own.st_ino ? Fd() : std::move(theirs);
}

Result<> set_capabilities(security::CapabilityMask asked) {
  const security::Capabilities held = TRY(security::held_capabilities());
  const security::CapabilityMask mask = asked & held.permitted;
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2] = {};
  for (unsigned half = 0; half < 2; half++)
    data[half].effective = data[half].permitted = static_cast<uint32_t>(mask >> (32 * half));
  if (syscall(SYS_capset, &header, data) < 0) return fail_errno(errno, "capset");
  return {};
}

Result<> become_user(const security::User& user) {
  const auto& groups = user.additional_gids;
  if (setgroups(groups.size(), groups.data()) < 0) return fail_errno(errno, "setgroups");
  if (setresgid(user.gid, user.gid, user.gid) < 0) return fail_errno(errno, "setresgid");
  prctl(PR_SET_KEEPCAPS, 1);
  if (setresuid(user.uid, user.uid, user.uid) < 0) return fail_errno(errno, "setresuid");
  umask(user.umask.value_or(0022));
  return {};
}

// What it writes counts as the container's, and ends with it. The cgroup may take no process (it has given its
// controllers to others below it); then this one counts as the caller's.
void join_cgroup(const std::string& path) {
  if (const auto hierarchy = cgroups::read_hierarchy()) (void)cgroups::attach(*hierarchy, path, getpid());
}

}  // namespace

Result<Inside> open_inside(const std::string& oci_root, const std::string& id) {
  Inside inside;
  inside.config = TRY(lifecycle::read_container_config(oci_root, id));
  const oci::Listed listed = TRY(lifecycle::read_state(oci_root, id));
  const pid_t pid = listed.state.pid;
  inside.cgroup_path = listed.state.cgroup_path;
  inside.init = TRY(open_pidfd(pid));
  inside.root.reset(open(cat("/proc/", pid, "/root").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!inside.root.is_open()) return fail_errno(errno, "open the root of the container");
  inside.user_namespace = TRY(open_users_of(pid));
  // Its number may have become another's until the descriptors were open.
  if (!is_running(inside.init) || read_start_time(pid) != listed.state.start_time)
    return fail("the container has just ended");
  return inside;
}

Result<> become_inside(const Inside& inside) {
  // We have descriptors that the container's programs have not: with its pid namespace the host's, they see us. They
  // may look into us (ptrace(2)) from when we have no more rights than they.
  prctl(PR_SET_DUMPABLE, 0);
  const sandbox::Process& process = *inside.config.process;
  if (const std::string& label = inside.config.mount_label; !label.empty())
    TRY(write_kernel_file_at(AT_FDCWD, "/proc/thread-self/attr/fscreate", label));
  if (!inside.cgroup_path.empty()) join_cgroup(inside.cgroup_path);
  if (inside.user_namespace.is_open() && setns(inside.user_namespace.get(), CLONE_NEWUSER) < 0)
    return fail_errno(errno, "join the user namespace of the container");
  TRY(become_user(process.user));
  // execve(2) would give root what is in its bounding set, and others what is in their ambient one.
  const security::Capabilities own = process.capabilities.value_or(security::Capabilities());
  TRY(set_capabilities(process.user.uid == 0 ? own.bounding : own.ambient));
  prctl(PR_SET_DUMPABLE, 0);  // a change of ids has set it to fs.suid_dumpable (proc(5))
  return {};
}

}  // namespace kube
