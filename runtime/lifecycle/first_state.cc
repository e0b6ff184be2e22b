#include "runtime/lifecycle/first_state.h"

#include <unistd.h>

#include "base/path.h"
#include "base/text.h"

namespace lifecycle {
namespace {

int count_missing_parents(const cgroups::Hierarchy& hierarchy, const std::string& path) {
  int missing = 0;
  for (size_t slash = path.rfind('/'); slash != std::string::npos && slash > 0; slash = path.rfind('/', slash - 1)) {
    if (path_exists(hierarchy.mount + path.substr(0, slash))) break;
    missing++;
  }
  return missing;
}

void remember_rdt(oci::State& state, const cgroups::RdtPlan& plan) {
  state.extra["rdtGroup"] = plan.group;
  if (plan.makes_group) state.extra["rdtGroupMade"] = plan.group;
  if (!plan.monitor.empty()) state.extra["rdtMonitorMade"] = plan.monitor;
}

}  // namespace

oci::State first_state(const CreateOptions& options, const oci::Spec& spec) {
  oci::State state;
  state.version = spec.version;
  state.id = options.id;
  state.bundle = options.bundle;
  state.rootfs = spec.root.path;
  state.created = oci::timestamp();
  state.owner = geteuid();
  state.namespaces = spec.namespaces;
  state.annotations = spec.annotations;
  state.poststart = spec.hooks.poststart;
  state.poststop = spec.hooks.poststop;
  return state;
}

void set_groups(oci::State& state, const ContainerPlan& plan) {
  if (plan.rdt) remember_rdt(state, *plan.rdt);
  state.cgroup_manager = std::string(cgroups::name_of(plan.cgroup.driver));
  state.cgroup_path = plan.cgroup.path;
  state.cgroup_scope = plan.cgroup.scope;
  if (plan.cgroup.driver != cgroups::Driver::cgroupfs) return;
  if (int parents = count_missing_parents(plan.hierarchy, plan.cgroup.path); parents > 0)
    state.extra["cgroupParentsMade"] = cat(parents);
}

}  // namespace lifecycle
