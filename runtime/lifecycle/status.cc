#include "runtime/lifecycle/status.h"

#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"

namespace lifecycle {
namespace {

// The init is our own program, in a memory file, until it executes the container's. In the moment between its birth and
// that memory file it still is its parent, the runtime. One that criu has made never executes anything.
bool runs_our_init(const oci::State& state) {
  if (state.extra.contains(kRestored)) return false;
  char target[64];
  ssize_t n = readlink(cat("/proc/", state.pid, "/exe").c_str(), target, sizeof target);
  if (n < 0) return true;  // not ours to look at: the socket alone decides
  std::string_view program(target, static_cast<size_t>(n));
  return program.starts_with("/memfd:nacelle-init") || !has_executed(state.pid);
}

bool is_frozen(const oci::State& state) {
  if (state.cgroup_path.empty()) return false;
  auto hierarchy = cgroups::read_hierarchy();
  return hierarchy && cgroups::is_frozen(*hierarchy, state.cgroup_path).value_or(false);
}

}  // namespace

std::optional<Pidfd> open_init(const oci::State& state) {
  if (state.pid <= 0) return std::nullopt;
  auto init = open_pidfd(state.pid);
  if (!init || read_start_time(state.pid) != state.start_time) return std::nullopt;
  return std::move(*init);
}

oci::Status read_status(const StateDir& dir, const oci::State& state) {
  if (state.pid == 0) return oci::Status::kCreating;
  if (read_start_time(state.pid) != state.start_time) return oci::Status::kStopped;
  if (runs_our_init(state)) return dir.is_published() ? oci::Status::kCreated : oci::Status::kCreating;
  return is_frozen(state) ? oci::Status::kPaused : oci::Status::kRunning;
}

cgroups::Location cgroup_location(const oci::State& state) {
  cgroups::Location location;
  location.driver = cgroups::driver_named(state.cgroup_manager).value_or(cgroups::Driver::cgroupfs);
  location.path = state.cgroup_path;
  location.scope = state.cgroup_scope;
  auto parents = state.extra.find("cgroupParentsMade");
  if (parents != state.extra.end()) location.parents_made = parse_number<int>(parents->second).value_or(0);
  return location;
}

}  // namespace lifecycle
