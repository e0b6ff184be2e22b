#include "runtime/lifecycle/entry.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/text.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/lifecycle/status.h"
#include "sandbox/plan_namespaces.h"

namespace lifecycle {
namespace {

// True when the process is in our own namespace of that kind: joining one's own user namespace is refused.
bool is_ours(pid_t pid, const char* name) {
  struct stat theirs{}, ours{};
  return stat(cat("/proc/", pid, "/ns/", name).c_str(), &theirs) == 0 &&
         stat(cat("/proc/self/ns/", name).c_str(), &ours) == 0 && theirs.st_ino == ours.st_ino;
}

}  // namespace

Result<Entry> open_running(const std::string& root, const std::string& id, std::optional<oci::Spec> spec) {
  auto dir = TRY(StateDir::open(root, id));
  Entry entry;
  entry.state = TRY(dir.read());
  entry.status = read_status(dir, entry.state);
  if (entry.status == oci::Status::kStopped || entry.status == oci::Status::kCreating)
    return fail(cat("container not running: it is ", oci::name_of(entry.status)));
  if (!spec) spec = TRY(oci::read_spec(TRY(dir.read_config()), entry.state.bundle));
  entry.spec = std::move(*spec);
  auto init = open_init(entry.state);
  if (!init) return fail("container not running: it is stopped");
  entry.init = std::move(*init);
  return entry;
}

int namespaces_to_join(const Entry& entry) {
  int types = 0;
  for (const auto& wanted : entry.state.namespaces) types |= wanted.type;
  if ((types & CLONE_NEWUSER) != 0 && is_ours(entry.init.pid, "user")) types &= ~CLONE_NEWUSER;
  return types;
}

Result<Fd> open_pid_namespace(const Entry& entry, int& types) {
  Fd fd;
  if ((types & CLONE_NEWPID) == 0) return fd;
  if (sandbox::must_join_inside()) return fd;
  types &= ~CLONE_NEWPID;
  fd.reset(open(cat("/proc/", entry.init.pid, "/ns/pid").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.is_open()) return fail_errno(errno, "open the container's pid namespace");
  return fd;
}

}  // namespace lifecycle
