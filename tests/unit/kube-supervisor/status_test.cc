#include "runtime/kube/supervisor/status.h"

#include <doctest/doctest.h>

#include "runtime/kube/supervisor/restart_policy.h"

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

// The statuses are of the containers c0, c1 …
void name(std::vector<ContainerStatus>& statuses, char letter) {
  for (size_t i = 0; i < statuses.size(); i++) statuses[i].name = std::string{letter, static_cast<char>('0' + i)};
}

std::string_view phase(const char* policy, std::vector<ContainerStatus> statuses) {
  kube::PodSpec spec;
  spec.restart_policy = policy;
  spec.containers = {{.name = "c0"}, {.name = "c1"}};
  kube::PodStatus status;
  status.container_statuses = std::move(statuses);
  name(status.container_statuses, 'c');
  return kube::pod_phase(spec, status);
}

// A pod with the steps i0, i1 (the second a sidecar, if that is wanted) and a container c0.
kube::Pod starting_pod(const char* policy, std::vector<ContainerStatus> steps, ContainerStatus main,
                       const char* second_policy = "") {
  kube::Pod pod;
  pod.spec.restart_policy = policy;
  pod.spec.init_containers = {{.name = "i0"}, {.name = "i1", .restart_policy = second_policy}};
  pod.spec.containers = {{.name = "c0"}};
  pod.status.init_container_statuses = std::move(steps);
  pod.status.container_statuses = {std::move(main)};
  name(pod.status.init_container_statuses, 'i');
  name(pod.status.container_statuses, 'c');
  return pod;
}

std::string_view phase(const kube::Pod& pod) {
  return kube::pod_phase(pod.spec, pod.status);
}

kube::PodCondition condition(const kube::Pod& pod, std::string_view type) {
  for (const kube::PodCondition& one : pod.status.conditions)
    if (one.type == type) return one;
  return {};
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

TEST_CASE("phase: Pending until the initialization has come to its end") {
  CHECK(phase(starting_pod("Always", {running(), waiting()}, waiting())) == "Pending");
  CHECK(phase(starting_pod("Always", {ended(0), running()}, waiting())) == "Pending");
  CHECK(phase(starting_pod("Always", {ended(0), ended(0)}, waiting())) == "Pending");
  CHECK(phase(starting_pod("Always", {ended(0), ended(0)}, running())) == "Running");
  CHECK(phase(starting_pod("Always", {ended(0), ended(1)}, waiting())) == "Pending");
  CHECK(phase(starting_pod("OnFailure", {ended(0), crashed()}, waiting())) == "Pending");
}

TEST_CASE("phase: an initialization that has failed for good fails the pod") {
  const kube::Pod pod = starting_pod("Never", {ended(0), ended(1)}, waiting());
  CHECK(phase(pod) == "Failed");
  CHECK(kube::has_run_to_end(pod));
  CHECK(!kube::has_run_to_end(starting_pod("OnFailure", {ended(0), ended(1)}, waiting())));
}

TEST_CASE("phase: sidecars keep a pod running, but neither alive nor from success") {
  CHECK(phase(starting_pod("Never", {ended(0), running()}, waiting(), "Always")) == "Pending");
  const kube::Pod done = starting_pod("Never", {ended(0), running()}, ended(0), "Always");
  CHECK(phase(done) == "Running");
  CHECK(kube::has_run_to_end(done));
  CHECK(phase(starting_pod("Never", {ended(0), ended(143)}, ended(0), "Always")) == "Succeeded");
  CHECK(phase(starting_pod("Never", {ended(0), ended(0)}, ended(1), "Always")) == "Failed");
  CHECK(!kube::has_run_to_end(starting_pod("Never", {ended(0), ended(1)}, running(), "Always")));
}

TEST_CASE("restart policies: the pod's, the container's own, its rules") {
  kube::PodSpec spec;
  spec.init_containers = {{.name = "step"}, {.name = "sidecar", .restart_policy = "Always"}};
  spec.containers = {{.name = "web"}};
  const auto restarted = [&](const char* policy, int64_t code) {
    spec.restart_policy = policy;
    return kube::is_restarted(spec, spec.containers[0], code);
  };
  CHECK(restarted("Always", 0));
  CHECK(restarted("OnFailure", 1));
  CHECK(!restarted("OnFailure", 0));
  CHECK(!restarted("Never", 1));
  spec.containers[0].restart_policy = "OnFailure";
  CHECK(restarted("Never", 1));
  CHECK(!restarted("Always", 0));
  spec.containers[0].restart_policy = "Never";
  spec.containers[0].restart_rules = {{"Restart", kube::ExitCodes{"In", {42}}}};
  CHECK(restarted("Always", 42));
  CHECK(!restarted("Always", 1));
  spec.containers[0].restart_rules = {{"Restart", kube::ExitCodes{"NotIn", {0, 3}}}};
  CHECK(restarted("Never", 1));
  CHECK(!restarted("Never", 3));
  spec.containers[0].restart_rules[0].action = "RestartAllContainers";
  CHECK(kube::restart_after(spec, spec.containers[0], 1) == kube::Restart::all);
  CHECK(kube::restart_after(spec, spec.containers[0], 3) == kube::Restart::none);
}

TEST_CASE("restart rules: one container may ask for all to begin anew") {
  kube::Pod pod = starting_pod("Never", {ended(0), running()}, ended(42), "Always");
  CHECK(!kube::begins_anew(pod));
  pod.spec.containers[0].restart_policy = "Never";
  pod.spec.containers[0].restart_rules = {{"RestartAllContainers", kube::ExitCodes{"In", {42}}}};
  CHECK(kube::begins_anew(pod));
  CHECK(phase(pod) == "Running");
  CHECK(!kube::has_run_to_end(pod));
  pod.status.container_statuses[0].state = waiting().state;
  CHECK(!kube::begins_anew(pod));
}

TEST_CASE("restart policies: a step that has succeeded is done with, a sidecar never is") {
  kube::PodSpec spec;
  spec.restart_policy = "Always";
  spec.init_containers = {{.name = "step"}, {.name = "sidecar", .restart_policy = "Always"}};
  CHECK(!kube::is_restarted(spec, spec.init_containers[0], 0));
  CHECK(kube::is_restarted(spec, spec.init_containers[0], 1));
  spec.restart_policy = "Never";
  CHECK(!kube::is_restarted(spec, spec.init_containers[0], 1));
  CHECK(kube::is_restarted(spec, spec.init_containers[1], 0));
}

TEST_CASE("conditions: Initialized names what has not done its part") {
  kube::Pod pod = starting_pod("Always", {ended(1), waiting()}, waiting(), "Always");
  kube::update_pod_status(pod, true, {1});
  CHECK(condition(pod, "Initialized").status == "False");
  CHECK(condition(pod, "Initialized").reason == "ContainersNotInitialized");
  CHECK(condition(pod, "Initialized").message == "containers with incomplete status: [i0 i1]");
  CHECK(condition(pod, "ContainersReady").message == "containers with unready status: [i1 c0]");
  pod.status.init_container_statuses[0] = ended(0);
  pod.status.init_container_statuses[0].name = "i0";
  pod.status.init_container_statuses[0].ready = true;
  kube::update_pod_status(pod, true, {1});
  CHECK(condition(pod, "Initialized").message == "containers with incomplete status: [i1]");
  pod.status.init_container_statuses[1].started = true;
  kube::update_pod_status(pod, true, {1});
  CHECK(condition(pod, "Initialized").status == "True");
}

TEST_CASE("phase: a pod is not over while something of it runs") {
  kube::Pod pod = starting_pod("Never", {ended(1), running()}, waiting(), "Always");
  pod.status.phase = "Pending";
  kube::update_pod_status(pod, true, {1});
  CHECK(pod.status.phase == "Pending");
  pod.status.init_container_statuses[1].state = ended(0).state;
  kube::update_pod_status(pod, true, {1});
  CHECK(pod.status.phase == "Failed");
}

TEST_CASE("conditions: turn when readiness turns, and keep the time of the turn") {
  kube::Pod pod;
  pod.spec.restart_policy = "Always";
  pod.spec.containers = {{.name = "web"}};
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
  pod.status.container_statuses[0].name = "web";
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

TEST_CASE("conditions: a pod that has no node yet is not ready") {
  kube::Pod pod;
  pod.spec.containers.resize(1);
  kube::update_pod_status(pod, false, {1});
  CHECK(pod.status.phase == "Pending");
  CHECK(pod.status.conditions.empty());
}

TEST_CASE("statuses: in the beginning all wait, for the initialization if there is one; asked again, the same") {
  kube::Pod pod = starting_pod("Always", {}, waiting());
  for (int i = 0; i < 2; i++) {
    kube::set_initial_statuses(pod);
    REQUIRE(pod.status.init_container_statuses.size() == 2);
    REQUIRE(pod.status.container_statuses.size() == 1);
    CHECK(pod.status.container_statuses[0].state.waiting->reason == "PodInitializing");
  }
  pod.spec.init_containers.clear();
  kube::set_initial_statuses(pod);
  CHECK(pod.status.init_container_statuses.empty());
  CHECK(pod.status.container_statuses[0].state.waiting->reason == "ContainerCreating");
}
