#include "cgroups/cgroup.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/path.h"
#include "base/text.h"
#include "cgroups/apply.h"
#include "cgroups/control.h"
#include "cgroups/delegate.h"
#include "cgroups/systemd.h"
#include "cgroups/tree.h"

namespace cgroups {
namespace {

// What accounting, the finding of OOM kills and `ps` live on: without these controllers a container without limits
// would have no memory.events and no memory.current. Huge pages and RDMA objects are counted for callers' statistics.
const std::vector<std::string>& accounting_controllers() {
  static const std::vector<std::string> names{"cpu", "hugetlb", "io", "memory", "pids", "rdma"};
  return names;
}

// What the scope's properties are told from. Of two alternatives there is the one for which the kernel has a file: the
// cgroup is not there yet, but one like it.
std::vector<Write> writes_for_scope(const Hierarchy& hierarchy, std::vector<Write> writes) {
  for (size_t i = 0; i + 1 < writes.size(); ++i) {
    if (writes[i].rule != Write::Rule::or_next) continue;
    bool is_there = path_exists(cat(hierarchy.mount, "/system.slice/", writes[i].file));
    writes.erase(writes.begin() + static_cast<std::ptrdiff_t>(i + (is_there ? 1 : 0)));
  }
  return writes;
}

}  // namespace

Cgroup::Cgroup(Hierarchy hierarchy, Location location)
    : hierarchy_(std::move(hierarchy)), location_(std::move(location)) {}

Cgroup::Cgroup(Cgroup&& other) noexcept
    : hierarchy_(std::move(other.hierarchy_)),
      location_(std::move(other.location_)),
      directory_(std::move(other.directory_)),
      unit_writes_(std::move(other.unit_writes_)),
      made_(std::exchange(other.made_, {})),
      unit_started_(std::exchange(other.unit_started_, false)),
      committed_(other.committed_) {}

Result<Cgroup> Cgroup::create(const Hierarchy& hierarchy, const Location& location, const Plan& plan) {
  Cgroup group(hierarchy, location);
  if (location.driver == Driver::disabled && !plan.writes.empty())
    return fail(cat(plan.writes.front().field, ": asked for, but cgroups are disabled"));
  if (location.driver == Driver::systemd) group.unit_writes_ = writes_for_scope(hierarchy, plan.writes);
  if (location.driver == Driver::cgroupfs) TRY(group.make_directory(plan));
  return group;
}

Result<> Cgroup::make_directory(const Plan& plan) {
  MadeCgroup out = TRY(make_cgroup(hierarchy_, location_.path));
  directory_ = std::move(out.directory);
  made_ = std::move(out.made);
  bool is_new = !made_.empty() && made_.back() == hierarchy_.mount + location_.path;
  // Two containers in one cgroup would share limits, be killed together and be removed together.
  if (!is_new && TRY(is_populated(hierarchy_, location_.path)))
    return fail_errno(EBUSY, cat("cgroup ", quoted(location_.path), " has processes already"));
  // In a frozen one the container's init would never run (config-linux.md, "Control groups").
  if (!is_new && TRY(is_frozen(hierarchy_, location_.path)))
    return fail_errno(EBUSY, cat("cgroup ", quoted(location_.path), " is frozen"));
  location_.parents_made = is_new ? static_cast<int>(made_.size()) - 1 : 0;
  return hand_down(hierarchy_, location_.path, plan.controllers, accounting_controllers());
}

Cgroup::~Cgroup() {
  if (committed_ || (made_.empty() && !unit_started_)) return;
  // Nobody is left to tell of a failure: what cannot be removed now, `delete --force` finds again.
  (void)kill(hierarchy_, location_.path);
  (void)remove(hierarchy_, location_);
}

Result<> Cgroup::adopt(pid_t pid) {
  if (location_.driver != Driver::systemd) return {};
  TRY_IN(cat("systemd scope ", quoted(location_.scope)), start_scope(location_, pid, unit_writes_));
  unit_started_ = true;
  location_.path = TRY(read_path_of(pid));
  directory_ = TRY(open_directory(hierarchy_, location_.path));
  return {};
}

Result<> Cgroup::apply(const Plan& plan) {
  if (location_.driver == Driver::disabled) return {};
  // systemd knows nothing of hugetlb and rdma.
  if (location_.driver == Driver::systemd)
    TRY(hand_down(hierarchy_, location_.path, plan.controllers, accounting_controllers()));
  bool fresh = unit_started_ || !made_.empty();
  return apply_plan(directory_.get(), plan, fresh);
}

Result<> Cgroup::delegate(uid_t uid) {
  if (location_.driver == Driver::disabled) return {};
  return delegate_to(directory_.get(), uid);
}

}  // namespace cgroups
