#include "runtime/kube/sandbox/pod_cgroup.h"

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "cgroups/cgroup.h"
#include "cgroups/control.h"
#include "runtime/kube/sandbox/pod_resources.h"

namespace kube {
namespace {

cgroups::Location locate(const std::string& path) {
  cgroups::Location location;
  location.path = path;
  // "/kubepods/burstable/podX": all levels above are ours to remove when they are empty, whoever made them first.
  location.parents_made = static_cast<int>(std::ranges::count(path, '/')) - 1;
  return location;
}

Result<> make(const cgroups::Hierarchy& hierarchy, const cgroups::Location& location, const cgroups::Plan& plan) {
  cgroups::Cgroup cgroup = TRY(cgroups::Cgroup::create(hierarchy, location, plan));
  TRY(cgroup.apply(plan));
  cgroup.commit();
  return {};
}

}  // namespace

Result<> make_pod_cgroup(const cgroups::Hierarchy& hierarchy, const PodContext& context) {
  TRY(cgroups::check_controllers(hierarchy, needed_controllers(context.pod->spec)));
  const cgroups::Plan plan = TRY(cgroups::plan(hierarchy, pod_cgroup_resources(context.pod->spec, context.node)));
  const cgroups::Location location = locate(context.cgroup_path);
  // Another pod that ends may take away the levels above just after we have seen them: once more, then.
  Result<> made = make(hierarchy, location, plan);
  return made || made.error().err != ENOENT ? made : make(hierarchy, location, plan);
}

Result<> remove_pod_cgroup(const cgroups::Hierarchy& hierarchy, const std::string& path) {
  TRY(cgroups::kill(hierarchy, path));
  return cgroups::remove(hierarchy, locate(path));
}

}  // namespace kube
