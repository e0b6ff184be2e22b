#include "runtime/kube/api/validate_update.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/checker.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/identity.h"
#include "runtime/kube/api/resizable.h"
#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

using Found = std::optional<Problem>;

constexpr const char* kUpdatable =
    "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
    "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative),"
    "`spec.containers[*].resources` (for CPU/memory only)";
constexpr const char* kResizable = "Forbidden: only cpu and memory resources are mutable";

bool lacks_any(const ResourceList& after, const ResourceList& before) {
  return std::ranges::any_of(before, [&](const auto& one) { return !after.contains(one.first); });
}

void check_removal(const ResourceRequirements& before, const ResourceRequirements& after, const std::string& path,
                   const char* what, Checker& check) {
  if (lacks_any(after.requests, before.requests))
    check.forbid(path + ".requests", cat(what, " requests cannot be removed"));
  if (lacks_any(after.limits, before.limits)) check.forbid(path + ".limits", cat(what, " limits cannot be removed"));
}

struct List {
  const char* name;
  std::vector<Container> PodSpec::* member;
};
constexpr List kLists[] = {{"initContainers", &PodSpec::init_containers}, {"containers", &PodSpec::containers}};

// The same containers in the same places. `how` ends the sentence.
void check_names(const Pod& before, const Pod& after, const char* how, Checker& check) {
  for (const List& list : kLists) {
    const auto &old = before.spec.*list.member, &now = after.spec.*list.member;
    const std::string path = cat("spec.", list.name);
    if (old.size() != now.size()) return check.forbid(path, cat(list.name, " may not be added or removed", how));
    for (size_t i = 0; i < old.size(); i++)
      if (old[i].name != now[i].name)
        check.forbid(indexed(path, i) + ".name", cat(list.name, " may not be renamed or reordered", how));
  }
}

void check_containers(const Pod& before, const Pod& after, Checker& check) {
  for (const List& list : kLists) {
    const auto &old = before.spec.*list.member, &now = after.spec.*list.member;
    for (size_t i = 0; i < old.size(); i++) {
      const std::string path = indexed(cat("spec.", list.name), i);
      check_removal(old[i].resources, now[i].resources, path + ".resources", "resource", check);
      const bool is_changed = !is_same(old[i].resources, now[i].resources);
      if (is_changed && list.member == &PodSpec::init_containers && !is_sidecar(now[i]))
        check.forbid(path + ".resources", "resources for non-sidecar init containers are immutable");
    }
  }
}

// What a resize asks for.
void check_resize(const Pod& before, const Pod& after, Checker& check) {
  if (before.metadata.annotations.contains("kubernetes.io/config.mirror"))
    check.forbid("metadata.annotations", "static pods cannot be resized");
  const std::string_view qos = qos_class(before.spec);
  if (qos != qos_class(after.spec)) check.invalid("spec", qos, "Pod QOS Class may not change as a result of resizing");
  check_containers(before, after, check);
}

// It may be set, and lowered.
void check_deadline(const PodSpec& before, const PodSpec& after, Checker& check) {
  if (!before.active_deadline || before.active_deadline == after.active_deadline) return;
  if (!after.active_deadline)
    check.invalid("spec.activeDeadlineSeconds", "null", "must not update from a positive integer to nil value");
  else if (*after.active_deadline > *before.active_deadline)
    check.invalid("spec.activeDeadlineSeconds", cat(*after.active_deadline),
                  "must be less than or equal to previous value");
}

// The tolerations that were there are still there, but for how long they hold.
bool keeps_tolerations(const std::vector<Toleration>& before, const std::vector<Toleration>& after) {
  const auto same = [](Toleration left, const Toleration& right) {
    left.seconds = right.seconds;
    return is_same(left, right);
  };
  return std::ranges::all_of(before, [&](const Toleration& old) {
    return std::ranges::any_of(after, [&](const Toleration& now) { return same(old, now); });
  });
}

}  // namespace

std::optional<Problem> validate_pod_resize(const Pod& before, const Pod& after) {
  Checker check;
  check_names(before, after, " on resize", check);
  if (check.problem) return check.problem;
  check_resize(before, after, check);
  if (!is_same(before.spec, with_resources_of(before.spec, after.spec))) check.add("spec", kResizable);
  return check.problem;
}

std::optional<Problem> validate_pod_update(const Pod& before, const Pod& after) {
  Checker check;
  check.take(validate_identity(before, after));
  check_names(before, after, "", check);
  if (check.problem) return check.problem;
  PodSpec spec = with_resources_of(before.spec, after.spec);
  const bool is_resize = !is_same(spec, after.spec);
  for (const List& list : kLists)
    for (size_t i = 0; i < (spec.*list.member).size(); i++) {
      if ((after.spec.*list.member)[i].image.empty())
        check.add(indexed(cat("spec.", list.name), i) + ".image", "Required value");
      (spec.*list.member)[i].image = (before.spec.*list.member)[i].image;
    }
  if (!keeps_tolerations(before.spec.tolerations, spec.tolerations))
    check.forbid("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
  spec.tolerations = before.spec.tolerations;
  check_deadline(before.spec, spec, check);
  spec.active_deadline = before.spec.active_deadline;
  if (!is_same(before.spec, spec)) check.add("spec", kUpdatable);
  if (is_resize) check_resize(before, after, check);
  return check.problem;
}

}  // namespace kube
