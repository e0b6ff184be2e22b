// Pods with init containers and sidecars: what they take, how they are checked and shown.
#include <doctest/doctest.h>

#include "runtime/kube/api/describe.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/pod_summary.h"
#include "runtime/kube/api/table.h"
#include "runtime/kube/api/validate.h"
#include "tests/unit/kube/pods.h"

using namespace kube;

namespace {

Container asking(const char* cpu, const char* memory, const char* restart_policy = "") {
  Container container;
  container.restart_policy = restart_policy;
  container.resources.requests = {{"cpu", *parse_quantity(cpu)}, {"memory", *parse_quantity(memory)}};
  container.resources.limits = container.resources.requests;
  return container;
}

std::string sum_of(const PodSpec& spec, const char* resource) {
  return print_quantity(pod_resources(spec).requests.at(resource));
}

ContainerStatus status_of(const char* name, ContainerState state) {
  ContainerStatus status;
  status.name = name;
  status.state = std::move(state);
  return status;
}

const ContainerState kInitializing = {.waiting = StateWaiting{kPodInitializing, ""}};
const ContainerState kRunning = {.running = StateRunning{{1}}};
const ContainerState kDone = {.terminated = StateTerminated{.exit_code = 0, .reason = "Completed"}};
const ContainerState kFailed = {.terminated = StateTerminated{.exit_code = 1, .reason = "Error"}};

// Two steps "a" and "b" before "web"; the second is a sidecar if that is wanted.
Pod starting_pod(ContainerState first, ContainerState second, const char* second_policy = "") {
  Pod pod;
  pod.status.phase = "Pending";
  pod.spec.init_containers = {{.name = "a"}, {.name = "b", .restart_policy = second_policy}};
  pod.spec.containers = {{.name = "web"}};
  pod.status.init_container_statuses = {status_of("a", std::move(first)), status_of("b", std::move(second))};
  pod.status.container_statuses = {status_of("web", kInitializing)};
  return pod;
}

std::string init_problem(const std::string& container) {
  auto pods = read_manifest(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
      "  - {name: web, image: x}\n  initContainers:\n  - " +
          container + "\n",
      {.file = "f"});
  return pods ? "" : pods.error().text();
}

}  // namespace

TEST_CASE("init containers: a pod takes the largest step or all containers, whichever is more") {
  PodSpec spec;
  spec.containers = {asking("200m", "100Mi"), asking("100m", "100Mi")};
  spec.init_containers = {asking("1", "50Mi"), asking("100m", "150Mi")};
  CHECK(sum_of(spec, "cpu") == "1");
  CHECK(sum_of(spec, "memory") == "200Mi");
}

TEST_CASE("sidecars: they count beside all that runs after them") {
  PodSpec spec;
  spec.containers = {asking("200m", "100Mi")};
  spec.init_containers = {asking("350m", "1Mi"), asking("100m", "10Mi", "Always"), asking("300m", "1Mi"),
                          asking("50m", "20Mi", "Always")};
  CHECK(sum_of(spec, "cpu") == "400m");  // the third step, with the sidecar before it
  CHECK(sum_of(spec, "memory") == "130Mi");
}

TEST_CASE("init containers: one without a limit makes the pod unlimited, and counts for its class") {
  PodSpec spec;
  spec.containers = {asking("200m", "100Mi")};
  CHECK(qos_class(spec) == "Guaranteed");
  spec.init_containers.resize(1);
  CHECK(qos_class(spec) == "Burstable");
  CHECK(pod_resources(spec).limits.empty());
  spec.init_containers = {asking("1", "1Gi")};
  CHECK(qos_class(spec) == "Guaranteed");
  spec.containers[0].resources = {};
  CHECK(qos_class(spec) == "Burstable");
}

TEST_CASE("sidecars: none is killed for memory before the main containers") {
  constexpr int64_t kCapacity = int64_t{1} << 30;
  PodSpec spec;
  spec.containers = {{.name = "web", .resources = asking("1", "512Mi").resources}};
  spec.init_containers = {{.name = "log", .resources = asking("1", "1Mi").resources, .restart_policy = "Always"},
                          {.name = "once", .resources = asking("1", "1Mi").resources}};
  spec.containers[0].resources.limits.clear();  // Burstable
  CHECK(oom_score_adj(spec, spec.containers[0], kCapacity) == 500);
  CHECK(oom_score_adj(spec, spec.init_containers[0], kCapacity) == 500);
  CHECK(oom_score_adj(spec, spec.init_containers[1], kCapacity) == 999);
}

TEST_CASE("init containers: STATUS tells of the first that has not done its part") {
  CHECK(summarize_pod(starting_pod(kInitializing, kInitializing)).status == "Init:0/2");
  CHECK(summarize_pod(starting_pod(kRunning, kInitializing)).status == "Init:0/2");
  CHECK(summarize_pod(starting_pod(kDone, kRunning)).status == "Init:1/2");
  CHECK(summarize_pod(starting_pod(kFailed, kInitializing)).status == "Init:Error");
  const ContainerState backoff = {.waiting = StateWaiting{"CrashLoopBackOff", ""}};
  CHECK(summarize_pod(starting_pod(kDone, backoff)).status == "Init:CrashLoopBackOff");
  CHECK(summarize_pod(starting_pod(kDone, kDone)).status == "PodInitializing");
  CHECK(summarize_pod(starting_pod(kDone, kDone)).ready == 0);
}

TEST_CASE("sidecars: READY counts them, and their restarts stay") {
  Pod pod = starting_pod(kDone, kRunning, "Always");
  CHECK(summarize_pod(pod).status == "Init:1/2");
  CHECK(summarize_pod(pod).ready == 0);
  CHECK(summarize_pod(pod).total == 2);
  pod.status.init_container_statuses[0].restart_count = 5;
  ContainerStatus& sidecar = pod.status.init_container_statuses[1];
  sidecar.started = sidecar.ready = true;
  sidecar.restart_count = 2;
  sidecar.last_state = kFailed;
  sidecar.last_state.terminated->finished_at = {100};
  pod.metadata = {.name = "web", .creation_time = {50}};
  CHECK(print_pod_table({pod}, {110}, {.headers = false}) == "web   1/2   PodInitializing   2 (10s ago)   60s\n");
  sidecar.started = false;
  CHECK(print_pod_table({pod}, {110}, {.headers = false}) == "web   0/2   Init:1/2   7 (10s ago)   60s\n");
}

TEST_CASE("init containers: describe has them before the others") {
  const std::string page = describe_pod(starting_pod(kDone, kRunning), {}, {10});
  const size_t init = page.find("\nInit Containers:\n  a:\n"), main = page.find("\nContainers:\n  web:\n");
  CHECK(init != std::string::npos);
  CHECK(main != std::string::npos);
  CHECK(init < main);
}

TEST_CASE("init containers: the API server's checks") {
  CHECK(init_problem("{name: a, image: x}") == "");
  CHECK(init_problem("{name: a, image: x, restartPolicy: Always}") == "");
  CHECK(init_problem("{name: web, image: x}") == "f:8:12: spec.initContainers[0].name: Duplicate value: \"web\"");
  CHECK(init_problem("{name: a}") == "f:8:5: spec.initContainers[0].image: Required value");
}

TEST_CASE("restart rules: a policy, an action and exit codes belong to them") {
  const std::string rule = "restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]";
  CHECK(init_problem("{name: a, image: x, restartPolicy: Never, " + rule + "}") == "");
  CHECK(init_problem("{name: a, image: x, " + rule + "}")
            .ends_with("spec.initContainers[0].restartPolicy: Required value: must specify restartPolicy when restart "
                       "rules are used"));
  CHECK(init_problem("{name: a, image: x, restartPolicy: Never, restartPolicyRules: [{action: Restart}]}")
            .ends_with("restartPolicyRules[0].exitCodes: Required value: must be specified"));
  CHECK(init_problem("{name: a, image: x, restartPolicy: Never, restartPolicyRules: [{action: Reboot}]}")
            .find("restartPolicyRules[0].action: Unsupported value: \"Reboot\"") != std::string::npos);
}
