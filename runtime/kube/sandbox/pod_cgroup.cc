#include "runtime/kube/sandbox/pod_cgroup.h"

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "cgroups/cgroup.h"
#include "cgroups/control.h"
#include "runtime/kube/api/effective.h"
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

int64_t requested_milli_cpu(const Pod& pod) {
  return milli_value(amount(pod_resources(pod.spec).requests, "cpu"));
}

// A level that is not there, or a host without the controller, is left as it is.
void set_weight(const cgroups::Hierarchy& hierarchy, const std::string& path, uint64_t shares) {
  cgroups::Resources resources;
  resources.unified["cpu.weight"] = cat(cgroups::weight_of_shares_old(shares));
  cgroups::Location level;
  level.path = path;
  if (const auto plan = cgroups::plan(resources)) (void)cgroups::update(hierarchy, level, *plan);
}

}  // namespace

void set_qos_weights(const cgroups::Hierarchy& hierarchy, const std::vector<Pod>& pods) {
  int64_t burstable = 0;
  for (const Pod& pod : pods)
    if (pod.status.phase == "Running" || pod.status.phase == "Pending")
      if (qos_class(pod.spec) == "Burstable") burstable += requested_milli_cpu(pod);
  set_weight(hierarchy, "/kubepods/burstable", shares_of(burstable));
  set_weight(hierarchy, "/kubepods/besteffort", shares_of(0));
}

Result<> make_pod_cgroup(const cgroups::Hierarchy& hierarchy, const PodContext& context, const PodSpec& spec) {
  TRY(cgroups::check_controllers(hierarchy, needed_controllers(spec)));
  const cgroups::Plan plan = TRY(cgroups::plan(hierarchy, pod_cgroup_resources(spec, context.node)));
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
