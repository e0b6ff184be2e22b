#include "runtime/lifecycle/container_cgroup.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/lifecycle/status.h"

namespace lifecycle {
namespace {

Result<ContainerCgroup> open_unless(const std::string& root, const std::string& id,
                                    std::initializer_list<oci::Status> unfit) {
  auto container = TRY(open_container_cgroup(root, id));
  auto status = read_status(container.dir, container.state);
  if (std::ranges::find(unfit, status) != unfit.end())
    return fail(cat("container not running: it is ", oci::name_of(status)));
  return container;
}

}  // namespace

Result<ContainerCgroup> open_container_cgroup(const std::string& root, const std::string& id) {
  auto dir = TRY(StateDir::open(root, id));
  auto state = TRY(dir.read());
  if (state.cgroup_path.empty())
    return fail(cat("container ", quoted(id), " has no cgroup"), "it was created with --cgroup-manager=disabled");
  auto hierarchy = TRY(cgroups::read_hierarchy());
  return ContainerCgroup{std::move(dir), std::move(state), std::move(hierarchy)};
}

Result<ContainerCgroup> open_living_cgroup(const std::string& root, const std::string& id) {
  using enum oci::Status;
  return open_unless(root, id, {kCreating, kStopped});
}

Result<ContainerCgroup> open_running_cgroup(const std::string& root, const std::string& id) {
  using enum oci::Status;
  return open_unless(root, id, {kCreating, kCreated, kStopped});
}

}  // namespace lifecycle
