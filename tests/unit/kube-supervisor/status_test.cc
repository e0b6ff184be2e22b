#include "runtime/kube/supervisor/status.h"

#include <doctest/doctest.h>

#include "runtime/kube/supervisor/schedule.h"

namespace {

using kube::ContainerStatus;

ContainerStatus waiting() {
  ContainerStatus status;
  status.state.waiting = kube::StateWaiting{.reason = "ContainerCreating"};
  return status;
}

ContainerStatus running() {
  ContainerStatus status;
  status.state.running = kube::StateRunning{{1}};
  status.ready = true;
  return status;
}

ContainerStatus ended(int64_t code) {
  ContainerStatus status;
  status.state.terminated = kube::StateTerminated{.exit_code = code};
  return status;
}

// Waits for its restart.
ContainerStatus crashed() {
  ContainerStatus status = waiting();
  status.last_state = ended(1).state;
  return status;
}

std::string_view phase(const char* policy, const std::vector<ContainerStatus>& statuses) {
  kube::PodSpec spec;
  spec.restart_policy = policy;
  spec.containers.resize(2);
  return kube::pod_phase(spec, statuses);
}

kube::Pod requesting(const char* cpu, const char* uid) {
  kube::Pod pod;
  pod.metadata.uid = uid;
  pod.spec.containers.resize(1);
  pod.spec.containers[0].resources.requests["cpu"] = *kube::parse_quantity(cpu);
  pod.status.container_statuses.resize(1);
  return pod;
}

}  // namespace

TEST_CASE("phase: Pending until every container has started") {
  CHECK(phase("Always", {}) == "Pending");
  CHECK(phase("Always", {running(), waiting()}) == "Pending");
  CHECK(phase("Always", {ended(0), waiting()}) == "Pending");
}

TEST_CASE("phase: Running while one runs or can run again") {
  CHECK(phase("Always", {running(), running()}) == "Running");
  CHECK(phase("Always", {running(), crashed()}) == "Running");
  CHECK(phase("Always", {ended(0), ended(0)}) == "Running");
  CHECK(phase("OnFailure", {ended(0), ended(1)}) == "Running");
  CHECK(phase("OnFailure", {ended(0), crashed()}) == "Running");
  CHECK(phase("Never", {ended(1), running()}) == "Running");
}

TEST_CASE("phase: Succeeded and Failed only when no container can start again") {
  CHECK(phase("OnFailure", {ended(0), ended(0)}) == "Succeeded");
  CHECK(phase("Never", {ended(0), ended(0)}) == "Succeeded");
  CHECK(phase("Never", {ended(0), ended(1)}) == "Failed");
}

TEST_CASE("restart policies") {
  CHECK(kube::is_restarted("Always", 0));
  CHECK(kube::is_restarted("OnFailure", 1));
  CHECK(!kube::is_restarted("OnFailure", 0));
  CHECK(!kube::is_restarted("Never", 1));
}

TEST_CASE("conditions: turn when readiness turns, and keep the time of the turn") {
  kube::Pod pod;
  pod.spec.restart_policy = "Always";
  pod.spec.containers.resize(1);
  pod.status.container_statuses = {waiting()};
  pod.status.container_statuses[0].name = "web";
  const auto ready = [&] {
    for (const auto& condition : pod.status.conditions)
      if (condition.type == "Ready") return condition;
    return kube::PodCondition{};
  };
  kube::update_pod_status(pod, false, {100});
  CHECK(ready().status == "False");
  CHECK(ready().message == "containers with unready status: [web]");
  pod.status.container_statuses = {running()};
  kube::update_pod_status(pod, true, {200});
  kube::update_pod_status(pod, true, {300});
  CHECK(ready().status == "True");
  CHECK(ready().last_transition_time.seconds == 200);
  CHECK(ready().message.empty());
}

TEST_CASE("conditions: a pod that has run to its end is not ready, and says so") {
  kube::Pod pod;
  pod.spec.restart_policy = "Never";
  pod.spec.containers.resize(1);
  pod.status.container_statuses = {ended(0)};
  kube::update_pod_status(pod, false, {100});
  CHECK(pod.status.phase == "Succeeded");
  for (const auto& condition : pod.status.conditions)
    if (condition.type == "Ready") CHECK(condition.reason == "PodCompleted");
}

TEST_CASE("scheduling: requests of the others count, until they have run to their end") {
  kube::NodeInfo node;
  node.milli_cpu = 2000;
  node.memory = 1 << 30;
  const kube::Pod pod = requesting("1500m", "one");
  kube::Pod other = requesting("600m", "two");
  CHECK(kube::why_not_schedulable(pod, {}, node).empty());
  CHECK(kube::why_not_schedulable(pod, {pod}, node).empty());
  CHECK(kube::why_not_schedulable(pod, {other}, node) == "0/1 nodes are available: 1 Insufficient cpu.");
  other.status.phase = "Succeeded";
  CHECK(kube::why_not_schedulable(pod, {other}, node).empty());
}

TEST_CASE("conditions: a pod that has no node yet is not ready") {
  kube::Pod pod;
  pod.spec.containers.resize(1);
  kube::update_pod_status(pod, false, {1});
  CHECK(pod.status.phase == "Pending");
  CHECK(pod.status.conditions.empty());
}
