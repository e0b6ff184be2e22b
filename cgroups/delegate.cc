#include "cgroups/delegate.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/text.h"

namespace cgroups {

Result<> delegate_to(int directory, uid_t uid) {
  if (fchownat(directory, "", uid, static_cast<gid_t>(-1), AT_EMPTY_PATH) < 0)
    return fail_errno(errno, "give the cgroup to the container's user");
  // Limits stay out of the list: what a container may use is not for it to say.
  auto listed = read_file("/sys/kernel/cgroup/delegate");
  std::string names = listed ? *listed : "cgroup.procs\ncgroup.subtree_control\ncgroup.threads\n";
  for (const std::string& name : split(trimmed(names), '\n')) {
    if (fchownat(directory, name.c_str(), uid, static_cast<gid_t>(-1), AT_SYMLINK_NOFOLLOW) == 0) continue;
    if (errno != ENOENT)  // a file of a controller that is not here
      return fail_errno(errno, cat("give ", quoted(name), " to the container's user"));
  }
  return {};
}

}  // namespace cgroups
