#include "runtime/kube/supervisor/resize_apply.h"

#include <cerrno>

#include "base/text.h"
#include "cgroups/control.h"
#include "cgroups/plan.h"
#include "cgroups/reclaim.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/sandbox/cgroup_limits.h"
#include "runtime/kube/sandbox/pod_resources.h"

namespace kube {
namespace {

const std::string& path_of(const PodCgroups& cgroups, const LimitWrite& write) {
  return write.container ? cgroups.containers[*write.container].path : cgroups.pod;
}

Result<> update(const cgroups::Hierarchy& hierarchy, const std::string& path, const cgroups::Resources& resources) {
  cgroups::Location location;
  location.path = path;
  return cgroups::update(hierarchy, location, TRY(cgroups::plan(resources)));
}

// Above memory.high a cgroup is reclaimed from and slowed down, and nothing of it is killed (cgroup-v2.rst).
void set_high(const cgroups::Hierarchy& hierarchy, const std::string& path, const std::string& value) {
  cgroups::Resources resources;
  resources.unified["memory.high"] = value;
  (void)update(hierarchy, path, resources);
}

// Whether the cgroup uses no more than the limit, after the kernel has reclaimed what it can. One that uses more is not
// held at it: that would only slow it down for as long as it does.
bool make_room(const cgroups::Hierarchy& hierarchy, const std::string& path, int64_t limit) {
  const Result<Fd> directory = cgroups::open_directory(hierarchy, path);
  if (!directory) return false;
  const auto used = cgroups::reclaim_down_to(directory->get(), static_cast<uint64_t>(limit));
  return used && *used <= static_cast<uint64_t>(limit);
}

bool is_shrink(const LimitWrite& write, const PodLimits& limits) {
  if (write.kind != LimitKind::memory || !write.value) return false;
  const auto& actual = write.container ? limits.containers[*write.container].actual : limits.actual;
  return !actual.memory || *write.value < *actual.memory;
}

// Those that come down have memory.high at their new limit as long as this lives: what they free they do not take again
// between our look at the usage and the write.
class HeldDown {
 public:
  HeldDown(const cgroups::Hierarchy& hierarchy, const PodCgroups& cgroups, const PodLimits& limits,
           const ResizePlan& plan)
      : hierarchy_(hierarchy) {
    for (const LimitWrite& write : plan.writes) {
      if (!is_shrink(write, limits)) continue;
      const std::string* container = write.container ? &cgroups.containers[*write.container].name : nullptr;
      // The kubelet names the pod first.
      shrinks_.insert(container ? shrinks_.end() : shrinks_.begin(),
                      {path_of(cgroups, write), *write.value, container});
      if (make_room(hierarchy, path_of(cgroups, write), *write.value))
        set_high(hierarchy, path_of(cgroups, write), cat(*write.value));
    }
  }
  HeldDown(const HeldDown&) = delete;
  ~HeldDown() {
    for (const Shrink& shrink : shrinks_) set_high(hierarchy_, shrink.path, "max");
  }

  // As the kubelet, all of them at once: "[a, b]".
  Result<> check() const {
    std::vector<std::string> wrong;
    for (const Shrink& shrink : shrinks_) {
      const auto stat = cgroups::read_stat(hierarchy_, shrink.path);
      if (!stat || !stat->memory_current || static_cast<int64_t>(*stat->memory_current) <= shrink.limit) continue;
      wrong.push_back(cat("attempting to set ", shrink.container ? cat("container \"", *shrink.container, "\"") : "pod",
                          " memory limit (", shrink.limit, ") below current usage (", *stat->memory_current, ")"));
    }
    if (wrong.empty()) return {};
    const std::string all = join(wrong, ", ");
    return fail(cat("cannot decrease memory limits: ", wrong.size() == 1 ? all : cat("[", all, "]")));
  }

 private:
  struct Shrink {
    std::string path;
    int64_t limit;
    const std::string* container;  // null: the pod
  };
  const cgroups::Hierarchy& hierarchy_;
  std::vector<Shrink> shrinks_;
};

}  // namespace

Result<PodLimits> read_pod_limits(const cgroups::Hierarchy& hierarchy, PodCgroups& cgroups, const PodSpec& spec,
                                  const NodeInfo& node) {
  PodLimits limits;
  limits.actual = limits_of(TRY(cgroups::read_limits(hierarchy, cgroups.pod)));
  limits.wanted = limits_of(pod_cgroup_resources(spec, node));
  std::vector<PodCgroups::One> present;
  for (PodCgroups::One& one : cgroups.containers) {
    const auto actual = cgroups::read_limits(hierarchy, one.path);
    if (!actual && actual.error().err == ENOENT) continue;
    if (!actual) return std::unexpected(actual.error());
    const Container* container = find_container(spec, one.name);
    if (!container) continue;
    limits.containers.push_back(
        {limits_of(*actual), limits_of(container_resources(spec, *container, node)), one.is_restarted});
    present.push_back(std::move(one));
  }
  cgroups.containers = std::move(present);
  return limits;
}

Result<> apply_resize(const cgroups::Hierarchy& hierarchy, const PodCgroups& cgroups, const PodLimits& limits,
                      const ResizePlan& plan) {
  const HeldDown held(hierarchy, cgroups, limits, plan);
  TRY(held.check());
  for (const LimitWrite& write : plan.writes) TRY(update(hierarchy, path_of(cgroups, write), resources_of(write)));
  return {};
}

}  // namespace kube
