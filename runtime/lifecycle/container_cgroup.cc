#include "runtime/lifecycle/container_cgroup.h"

#include "base/text.h"
#include "runtime/lifecycle/status.h"

namespace lifecycle {

Result<ContainerCgroup> open_container_cgroup(const std::string& root, const std::string& id) {
  auto dir = TRY(StateDir::open(root, id));
  auto state = TRY(dir.read());
  if (state.cgroup_path.empty())
    return fail(cat("container ", quoted(id), " has no cgroup"), "it was created with --cgroup-manager=disabled");
  auto hierarchy = TRY(cgroups::read_hierarchy());
  return ContainerCgroup{std::move(dir), std::move(state), std::move(hierarchy)};
}

Result<ContainerCgroup> open_running_cgroup(const std::string& root, const std::string& id) {
  auto container = TRY(open_container_cgroup(root, id));
  auto status = read_status(container.dir, container.state);
  if (status != oci::Status::kRunning && status != oci::Status::kPaused)
    return fail(cat("container not running: it is ", oci::name_of(status)));
  return container;
}

}  // namespace lifecycle
