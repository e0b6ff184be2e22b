#include "runtime/kube/sandbox/resize_plan.h"

#include <limits>

namespace kube {
namespace {

using Limit = std::optional<int64_t>;

// Larger than every number.
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

int64_t height(const Limit& limit) {
  return limit.value_or(kMax);
}

// What the containers have together; no sum when one has no limit.
int64_t sum(const std::vector<Limit>& limits) {
  int64_t total = 0;
  for (const Limit& limit : limits) {
    if (!limit || *limit > kMax - total) return kMax;
    total += *limit;
  }
  return total;
}

// The changes of one kind of limit.
class Planner {
 public:
  Planner(const PodLimits& pod, LimitKind kind, Limit CgroupLimits::* member, ResizePlan& plan)
      : pod_(pod), kind_(kind), member_(member), plan_(plan), top_(pod.actual.*member) {
    for (const RunningContainer& container : pod.containers) now_.push_back(container.actual.*member);
  }

  void make() {
    const Limit wanted = pod_.wanted.*member_;
    if (height(wanted) > height(top_)) write_pod(wanted);
    change_containers(false);
    if (height(wanted) < height(top_) && fits(wanted)) write_pod(wanted);
    change_containers(true);
    if (top_ != wanted) plan_.is_complete = false;
  }

 private:
  void change_containers(bool grows) {
    for (size_t i = 0; i < pod_.containers.size(); i++) {
      const RunningContainer& container = pod_.containers[i];
      const Limit &actual = container.actual.*member_, &wanted = container.wanted.*member_;
      if (container.is_restarted || actual == wanted || (height(wanted) > height(actual)) != grows) continue;
      now_[i] = wanted;
      if (fits(top_)) {
        plan_.writes.push_back({i, kind_, wanted});
      } else {
        now_[i] = actual;
        plan_.is_complete = false;
      }
    }
  }

  // Only what a container that is still to be started anew has too much can be in the way.
  bool fits(const Limit& top) const {
    for (size_t i = 0; i < now_.size(); i++)
      if (pod_.containers[i].is_restarted && height(now_[i]) > height(pod_.containers[i].wanted.*member_))
        return sum(now_) <= height(top);
    return true;
  }

  void write_pod(const Limit& value) {
    plan_.writes.push_back({{}, kind_, value});
    top_ = value;
  }

  const PodLimits& pod_;
  LimitKind kind_;
  Limit CgroupLimits::* member_;
  ResizePlan& plan_;
  Limit top_;               // the pod's, as the writes so far have it
  std::vector<Limit> now_;  // the containers', likewise
};

void plan_weight(std::optional<size_t> container, const CgroupLimits& actual, const CgroupLimits& wanted,
                 ResizePlan& plan) {
  if (wanted.cpu_weight && actual.cpu_weight != wanted.cpu_weight)
    plan.writes.push_back({container, LimitKind::cpu_weight, static_cast<int64_t>(*wanted.cpu_weight)});
}

}  // namespace

ResizePlan plan_resize(const PodLimits& pod) {
  ResizePlan plan;
  Planner(pod, LimitKind::memory, &CgroupLimits::memory, plan).make();
  Planner(pod, LimitKind::cpu_quota, &CgroupLimits::cpu_quota, plan).make();
  plan_weight({}, pod.actual, pod.wanted, plan);
  for (size_t i = 0; i < pod.containers.size(); i++)
    if (!pod.containers[i].is_restarted) plan_weight(i, pod.containers[i].actual, pod.containers[i].wanted, plan);
  return plan;
}

}  // namespace kube
