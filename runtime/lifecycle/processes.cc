// Stops a container's processes where they are, lets them go on, and looks at them.
#include "base/text.h"
#include "runtime/lifecycle/container_cgroup.h"
#include "runtime/lifecycle/lifecycle.h"

namespace lifecycle {
namespace {

Result<> pause_container(const std::string& root, const std::string& id) {
  auto container = TRY(open_running_cgroup(root, id));
  const auto& path = container.state.cgroup_path;
  if (TRY(cgroups::is_frozen(container.hierarchy, path))) return fail("container not running: it is paused");
  TRY(cgroups::freeze(container.hierarchy, path));
  // The kernel calls an empty cgroup frozen, too.
  if (TRY(cgroups::is_populated(container.hierarchy, path))) return {};
  (void)cgroups::thaw(container.hierarchy, path);
  return fail("container not running: it has just stopped");
}

Result<> resume_container(const std::string& root, const std::string& id) {
  auto container = TRY(open_running_cgroup(root, id));
  const auto& path = container.state.cgroup_path;
  if (!TRY(cgroups::is_frozen(container.hierarchy, path))) return fail("container not paused");
  return cgroups::thaw(container.hierarchy, path);
}

}  // namespace

Result<> pause(const std::string& root, const std::string& id) {
  TRY(StateDir::open(root, id));
  TRY_IN(cat("pause ", quoted(id)), pause_container(root, id));
  return {};
}

Result<> resume(const std::string& root, const std::string& id) {
  TRY(StateDir::open(root, id));
  TRY_IN(cat("resume ", quoted(id)), resume_container(root, id));
  return {};
}

Result<std::vector<pid_t>> read_processes(const std::string& root, const std::string& id) {
  auto container = TRY(open_container_cgroup(root, id));
  return cgroups::read_pids(container.hierarchy, container.state.cgroup_path);
}

Result<cgroups::Metrics> read_metrics(const std::string& root, const std::string& id) {
  auto container = TRY(open_living_cgroup(root, id));
  return cgroups::read_metrics(container.hierarchy, container.state.cgroup_path);
}

Result<cgroups::Watch> watch(const std::string& root, const std::string& id) {
  auto container = TRY(open_living_cgroup(root, id));
  return cgroups::Watch::open(container.hierarchy, container.state.cgroup_path);
}

}  // namespace lifecycle
