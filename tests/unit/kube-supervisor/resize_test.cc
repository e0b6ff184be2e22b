// Room on the node, and what is said of a resize.
#include <doctest/doctest.h>

#include <algorithm>

#include "cgroups/plan.h"
#include "runtime/kube/api/defaults.h"
#include "runtime/kube/sandbox/cgroup_limits.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/supervisor/pod_change.h"
#include "runtime/kube/supervisor/resize_status.h"
#include "runtime/kube/supervisor/schedule.h"

namespace {

using kube::parse_quantity;
using kube::Pod;

const kube::ResourceList kNode = {
    {"cpu", *parse_quantity("2")}, {"memory", *parse_quantity("1Gi")}, {"example.com/dongle", *parse_quantity("4")}};

// A pod on the node, of one container that has what it asks for.
Pod requesting(const char* resource, const char* amount, const char* uid) {
  Pod pod;
  pod.metadata.uid = uid;
  pod.metadata.generation = 2;
  pod.spec.containers.resize(1);
  pod.spec.containers[0].name = "c0";
  pod.spec.containers[0].resources.requests[resource] = *parse_quantity(amount);
  pod.status.container_statuses.resize(1);
  pod.status.container_statuses[0].name = "c0";
  pod.status.container_statuses[0].allocated_resources = pod.spec.containers[0].resources.requests;
  return pod;
}

Pod wanting(Pod pod, const char* resource, const char* amount) {
  pod.spec.containers[0].resources.requests[resource] = *parse_quantity(amount);
  return pod;
}

std::string pending(const Pod& pod, const std::vector<Pod>& others) {
  const auto why = kube::why_not_resizable(pod, others, kNode);
  return why ? std::string(why->reason) + ": " + why->message : "";
}

}  // namespace

TEST_CASE("scheduling: requests of the others count, until they have run to their end") {
  const Pod pod = requesting("cpu", "1500m", "one");
  Pod other = requesting("cpu", "600m", "two");
  CHECK(kube::why_not_schedulable(pod, {}, kNode).empty());
  CHECK(kube::why_not_schedulable(pod, {pod}, kNode).empty());
  CHECK(kube::why_not_schedulable(pod, {other}, kNode) == "0/1 nodes are available: 1 Insufficient cpu.");
  other.status.phase = "Succeeded";
  CHECK(kube::why_not_schedulable(pod, {other}, kNode).empty());
}

TEST_CASE("scheduling: every resource that is asked for must be there, and is counted") {
  const Pod first = requesting("example.com/dongle", "3", "one"), second = requesting("example.com/dongle", "2", "two");
  CHECK(kube::why_not_schedulable(first, {}, kNode).empty());
  CHECK(kube::why_not_schedulable(second, {first}, kNode) ==
        "0/1 nodes are available: 1 Insufficient example.com/dongle.");
  CHECK(kube::why_not_schedulable(requesting("example.com/other", "1", "x"), {}, kNode) ==
        "0/1 nodes are available: 1 Insufficient example.com/other.");
  CHECK(kube::why_not_schedulable(wanting(requesting("cpu", "3", "x"), "memory", "2Gi"), {}, kNode) ==
        "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.");
}

TEST_CASE("scheduling: a deferred resize keeps its place in the queue, an infeasible one none") {
  const Pod pod = requesting("cpu", "1", "one");
  Pod other = wanting(requesting("cpu", "1", "two"), "cpu", "1500m");
  other.status.resize = "Deferred";
  CHECK(!kube::why_not_schedulable(pod, {other}, kNode).empty());
  other.status.resize = "Infeasible";
  CHECK(kube::why_not_schedulable(pod, {other}, kNode).empty());
}

TEST_CASE("resize: infeasible above the node, deferred while others have the room") {
  const Pod present = requesting("cpu", "800m", "one"), other = requesting("cpu", "1", "two");
  CHECK(pending(wanting(present, "cpu", "1"), {other}).empty());
  CHECK(pending(wanting(present, "cpu", "5"), {other}) ==
        "Infeasible: Node didn't have enough capacity: cpu, requested: 5000, capacity: 2000");
  CHECK(pending(wanting(present, "memory", "2Gi"), {}) ==
        "Infeasible: Node didn't have enough capacity: memory, requested: 2147483648, capacity: 1073741824");
  CHECK(pending(wanting(present, "cpu", "1500m"), {other}) ==
        "Deferred: Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000");
  CHECK(pending(wanting(present, "cpu", "1500m"), {present}).empty());
}

TEST_CASE("resize: what does not grow is granted on a full node, too") {
  const Pod present = requesting("cpu", "1500m", "one");
  const std::vector<Pod> others = {requesting("cpu", "1", "two")};  // more than there is already
  CHECK(pending(wanting(present, "cpu", "1200m"), others).empty());
  CHECK(pending(wanting(present, "cpu", "1600m"), others).starts_with("Deferred: "));
}

TEST_CASE("resize: events name what is given, as the kubelet writes it") {
  kube::PodSpec spec;
  spec.init_containers = {{.name = "step"}, {.name = "side", .restart_policy = "Always"}};
  spec.containers.resize(1);
  spec.containers[0].name = "web";
  spec.containers[0].resources.limits["cpu"] = spec.containers[0].resources.requests["cpu"] = *parse_quantity("800m");
  CHECK(kube::describe_resize(spec, 2, "") ==
        R"({"initContainers":[{"name":"side","resources":{}}],"containers":[{"name":"web","resources":)"
        R"({"limits":{"cpu":"800m"},"requests":{"cpu":"800m"}}}],"generation":2})");
  spec.init_containers.clear();
  CHECK(kube::describe_resize(spec, 2, "no \"room\"").ends_with(R"(,"generation":2,"error":"no \"room\""})"));
}

TEST_CASE("resize: the conditions, and status.resize beside them") {
  Pod pod = requesting("cpu", "1", "one");
  const auto find = [&](std::string_view type) {
    return std::ranges::find(pod.status.conditions, type, &kube::PodCondition::type);
  };
  CHECK(kube::set_resize_condition(pod, kube::kResizePending, kube::kDeferred, "no room"));
  CHECK(!kube::set_resize_condition(pod, kube::kResizePending, kube::kDeferred, "no room"));
  CHECK(find(kube::kResizePending)->observed_generation == 2);
  CHECK(find(kube::kResizePending)->status == "True");
  CHECK(pod.status.resize == "Deferred");
  CHECK(kube::set_resize_condition(pod, kube::kResizeInProgress, "", ""));
  CHECK(pod.status.resize == "Deferred");
  CHECK(kube::remove_resize_condition(pod.status, kube::kResizePending));
  CHECK(pod.status.resize == "InProgress");
  CHECK(kube::remove_resize_condition(pod.status, kube::kResizeInProgress));
  CHECK(pod.status.resize.empty());
  CHECK(pod.status.conditions.empty());
}

TEST_CASE("resize: what the kernel has is shown as it was asked for, or as it is") {
  kube::ResourceRequirements allocated, before;
  allocated.limits = {{"cpu", *parse_quantity("0.8")}, {"memory", *parse_quantity("200Mi")}};
  allocated.requests = {{"cpu", *parse_quantity("800m")}, {"memory", *parse_quantity("100Mi")}};
  before.limits = {{"cpu", *parse_quantity("700m")}, {"memory", *parse_quantity("100Mi")}};
  before.requests = {{"cpu", *parse_quantity("700m")}};
  const auto shown = [&](kube::CgroupLimits actual) { return kube::shown_resources({&allocated, &before}, actual); };
  const auto text = [](const kube::ResourceList& list, const char* name) {
    const auto found = list.find(name);
    return found == list.end() ? "" : kube::print_quantity(found->second);
  };
  const auto same = shown({200 << 20, 80'000, 32});
  CHECK(text(same.limits, "memory") == "200Mi");
  CHECK(text(same.limits, "cpu") == "800m");
  CHECK(text(same.requests, "memory") == "100Mi");
  const auto old = shown({100 << 20, 70'000, cgroups::weight_of_shares_new(kube::shares_of(700))});
  CHECK(text(old.limits, "memory") == "100Mi");
  CHECK(text(old.limits, "cpu") == "700m");
  CHECK(text(old.requests, "cpu") == "700m");
  const auto other = shown({64 << 20, {}, 1});
  CHECK(text(other.limits, "memory") == "64Mi");
  CHECK(text(other.limits, "cpu").empty());
}

TEST_CASE("resize: a write of memory is refused below what is in use, and takes no swap") {
  const auto memory = kube::resources_of({0, kube::LimitKind::memory, 4096});
  CHECK(memory.memory.limit == 4096);
  CHECK(memory.memory.swap == 4096);
  CHECK(memory.memory.check_before_update);
  CHECK(!kube::resources_of({{}, kube::LimitKind::memory, 4096}).memory.swap);
  CHECK(kube::resources_of({0, kube::LimitKind::memory, {}}).memory.limit == -1);
  CHECK(kube::resources_of({0, kube::LimitKind::cpu_quota, {}}).cpu.quota == -1);
  CHECK(kube::resources_of({0, kube::LimitKind::cpu_weight, 7}).unified.at("cpu.weight") == "7");
}

TEST_CASE("change: what is new of a pod is its spec, or its labels and annotations, and not its generation") {
  Pod pod = requesting("memory", "64Mi", "one");  // which takes no controller
  pod.metadata.name = "web";
  pod.metadata.ns = "default";
  pod.spec.containers[0].image = "x";
  kube::set_defaults(pod);
  const auto plan = [&](const char* patch) {
    return kube::plan_change(pod, {.text = patch}, kube::place_below("/nowhere"), {}).value();
  };
  const kube::PodChange resized = plan("{spec: {containers: [{name: c0, resources: {requests: {memory: 96Mi}}}]}}");
  CHECK(resized.pod.metadata.generation == pod.metadata.generation + 1);
  CHECK(resized.is_changed);
  CHECK(resized.has_new_spec);
  CHECK_FALSE(resized.has_new_metadata);
  const kube::PodChange labeled = plan("{metadata: {labels: {a: b}}}");
  CHECK(labeled.has_new_metadata);
  CHECK_FALSE(labeled.has_new_spec);
  CHECK_FALSE(plan("{}").is_changed);
}
