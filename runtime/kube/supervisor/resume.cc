#include "runtime/kube/supervisor/resume.h"

#include <signal.h>

#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/network/cni.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/resize_status.h"
#include "runtime/kube/supervisor/status.h"
#include "runtime/kube/supervisor/supervise.h"
#include "runtime/kube/supervisor/teardown.h"

namespace kube {
namespace {

void mark_end(ContainerStatus& status, Time at) {
  if (!status.state.running) return;
  status.state = {.terminated = StateTerminated{.exit_code = 128 + SIGKILL,
                                                .reason = "ContainerStatusUnknown",
                                                .message = "the pod's supervisor was killed, and nobody saw its end",
                                                .started_at = status.state.running->started_at,
                                                .finished_at = at,
                                                .container_id = status.container_id}};
  status.ready = false;
  status.started = false;
}

}  // namespace

std::vector<std::string> resume_lost_pods(const Place& place) {
  std::vector<std::string> problems;
  for (const Pod& pod : list_pods(place, "").value_or(std::vector<Pod>())) {
    const ObjectMeta& metadata = pod.metadata;
    // One that never had a supervisor is being made just now.
    if (!is_lost(pod) || !path_exists(cat(pod_dir(place, metadata.ns, metadata.name), "/supervisor"))) continue;
    // Somebody else may do the same at this moment: the pod's lock lets one of us through.
    const Result<> started = start_supervisor(place, metadata.ns, metadata.name);
    if (!started && is_lost(find_pod(place, metadata.ns, metadata.name).value_or(Pod())))
      problems.push_back(cat("pod ", quoted(metadata.name), ": ", started.error().text()));
  }
  return problems;
}

Result<> take_up_pod(const Place& place, Pod& pod, const std::string& dir) {
  (void)leave_network(place, pod);  // where it fails it is tried again before the pod joins anew
  TRY(remove_pod_containers(place, pod));
  for (ContainerStatus* status : all_statuses(pod.status)) mark_end(*status, now());
  // Nothing runs, and what starts has what is allocated.
  remove_resize_condition(pod.status, kResizeInProgress);
  update_pod_status(pod, false, now());
  return write_pod(pod, dir);
}

}  // namespace kube
