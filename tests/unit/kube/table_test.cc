#include "runtime/kube/api/table.h"

#include <doctest/doctest.h>

#include "runtime/kube/api/pod_summary.h"
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
  CHECK(summarize_pod(pod_with("Pending", {})).status == "Pending");
  CHECK(summarize_pod(pod_with("Running", {running()})).status == "Running");
  CHECK(summarize_pod(pod_with("Pending", {waiting("ContainerCreating")})).status == "ContainerCreating");
  CHECK(summarize_pod(pod_with("Pending", {waiting("ErrImagePull"), waiting("ContainerCreating")})).status ==
        "ErrImagePull");
  CHECK(summarize_pod(pod_with("Running", {running(), waiting("CrashLoopBackOff")})).status == "CrashLoopBackOff");
  CHECK(summarize_pod(pod_with("Running", {terminated(137, "OOMKilled")})).status == "OOMKilled");
  CHECK(summarize_pod(pod_with("Failed", {terminated(1, "Error")})).status == "Error");
  CHECK(summarize_pod(pod_with("Succeeded", {terminated(0, "Completed")})).status == "Completed");
  CHECK(summarize_pod(pod_with("Running", {terminated(3, "")})).status == "ExitCode:3");
  CHECK(summarize_pod(pod_with("Running", {terminated(137, "", 9)})).status == "Signal:9");
  CHECK(summarize_pod(pod_with("Running", {running(), terminated(0, "Completed")})).status == "NotReady");

  Pod pod = pod_with("Running", {running(), terminated(0, "Completed")});
  pod.status.conditions = {{.type = "Ready", .status = "True"}};
  CHECK(summarize_pod(pod).status == "Running");
  pod.metadata.deletion_time = {1};
  CHECK(summarize_pod(pod).status == "Terminating");
  pod.status.phase = "Succeeded";
  CHECK(summarize_pod(pod).status != "Terminating");

  pod = pod_with("Failed", {});
  pod.status.reason = "Evicted";
  CHECK(summarize_pod(pod).status == "Evicted");
}

TEST_CASE("table: READY counts what runs and is ready") {
  const Pod pod = pod_with("Running", {running(), waiting("CrashLoopBackOff"), terminated(0, "Completed")});
  CHECK(summarize_pod(pod).ready == 1);
  CHECK(summarize_pod(pod).total == 3);
  ContainerStatus stale = terminated(1, "Error");
  stale.ready = true;
  CHECK(summarize_pod(pod_with("Running", {stale})).ready == 0);
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
