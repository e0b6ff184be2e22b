#include "runtime/kube/api/table.h"

#include <doctest/doctest.h>

#include "tests/unit/kube/sample.h"

using namespace kube;

namespace {

ContainerStatus running() {
  ContainerStatus status;
  status.ready = true;
  status.state.running = StateRunning{{1}};
  return status;
}

ContainerStatus waiting(std::string reason) {
  ContainerStatus status;
  status.state.waiting = StateWaiting{std::move(reason), ""};
  return status;
}

ContainerStatus terminated(int64_t exit_code, std::string reason, int64_t signal = 0) {
  ContainerStatus status;
  status.state.terminated = StateTerminated{.exit_code = exit_code, .signal = signal, .reason = std::move(reason)};
  return status;
}

Pod pod_with(std::string phase, std::vector<ContainerStatus> statuses) {
  Pod pod;
  pod.status.phase = std::move(phase);
  pod.spec.containers.resize(statuses.size());
  pod.status.container_statuses = std::move(statuses);
  return pod;
}

}  // namespace

TEST_CASE("table: STATUS by kubectl's order of precedence") {
  CHECK(pod_status_text(pod_with("Pending", {})) == "Pending");
  CHECK(pod_status_text(pod_with("Running", {running()})) == "Running");
  CHECK(pod_status_text(pod_with("Pending", {waiting("ContainerCreating")})) == "ContainerCreating");
  CHECK(pod_status_text(pod_with("Pending", {waiting("ErrImagePull"), waiting("ContainerCreating")})) ==
        "ErrImagePull");
  CHECK(pod_status_text(pod_with("Running", {running(), waiting("CrashLoopBackOff")})) == "CrashLoopBackOff");
  CHECK(pod_status_text(pod_with("Running", {terminated(137, "OOMKilled")})) == "OOMKilled");
  CHECK(pod_status_text(pod_with("Failed", {terminated(1, "Error")})) == "Error");
  CHECK(pod_status_text(pod_with("Succeeded", {terminated(0, "Completed")})) == "Completed");
  CHECK(pod_status_text(pod_with("Running", {terminated(3, "")})) == "ExitCode:3");
  CHECK(pod_status_text(pod_with("Running", {terminated(137, "", 9)})) == "Signal:9");
  CHECK(pod_status_text(pod_with("Running", {running(), terminated(0, "Completed")})) == "NotReady");

  Pod pod = pod_with("Running", {running(), terminated(0, "Completed")});
  pod.status.conditions = {{.type = "Ready", .status = "True"}};
  CHECK(pod_status_text(pod) == "Running");
  pod.metadata.deletion_time = {1};
  CHECK(pod_status_text(pod) == "Terminating");
  pod.status.phase = "Succeeded";
  CHECK(pod_status_text(pod) != "Terminating");

  pod = pod_with("Failed", {});
  pod.status.reason = "Evicted";
  CHECK(pod_status_text(pod) == "Evicted");
}

TEST_CASE("table: READY counts what runs and is ready") {
  CHECK(pod_ready_text(pod_with("Running", {running(), waiting("CrashLoopBackOff"), terminated(0, "Completed")})) ==
        "1/3");
  ContainerStatus stale = terminated(1, "Error");
  stale.ready = true;
  CHECK(pod_ready_text(pod_with("Running", {stale})) == "0/1");
}

TEST_CASE("table: get pods") {
  Pod other = pod_with("Running", {running()});
  other.metadata.name = "a-longer-name";
  other.metadata.ns = "mem-example";
  other.metadata.creation_time = before_sample(24);
  std::vector<Pod> pods{sample_pod(), other};
  CHECK(print_pod_table(pods, kSampleNow) ==
        "NAME            READY   STATUS             RESTARTS        AGE\n"
        "demo            1/2     CrashLoopBackOff   2 (3m52s ago)   10m\n"
        "a-longer-name   1/1     Running            0               24s\n");
  CHECK(print_pod_table({other}, kSampleNow, {.wide = true, .namespaces = true}) ==
        "NAMESPACE     NAME            READY   STATUS    RESTARTS   AGE   IP       NODE     NOMINATED NODE   READINESS "
        "GATES\n"
        "mem-example   a-longer-name   1/1     Running   0          24s   <none>   <none>   <none>           <none>\n");
  CHECK(print_pod_table({other}, kSampleNow, {.headers = false}) == "a-longer-name   1/1   Running   0     24s\n");
}

TEST_CASE("table: events") {
  Pod pod = sample_pod();
  std::vector<PodEvent> events;
  for (const Event& event : sample_events()) events.push_back({&pod.metadata, event});
  CHECK(print_event_table(events, kSampleNow) ==
        "LAST SEEN          TYPE      REASON    OBJECT     MESSAGE\n"
        "9m59s              Normal    Pulled    Pod/demo   Container image \"nginx:1.27\" already present on machine\n"
        "10s (x3 over 4m)   Warning   BackOff   Pod/demo   Back-off restarting failed container worker in pod "
        "demo_default\n");
}
