#include "runtime/kube/supervisor/resume.h"

#include "base/path.h"
#include "base/text.h"
#include "cgroups/control.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/network/cni.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/past_runs.h"
#include "runtime/kube/supervisor/resize_status.h"
#include "runtime/kube/supervisor/status.h"
#include "runtime/kube/supervisor/supervise.h"
#include "runtime/kube/supervisor/teardown.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {
namespace {

// A container whose start had not come to its end when the supervisor was killed may have executed its program or not:
// it counts as started, since none must be started twice.
Result<> note_starts(Pod& pod, const std::string& oci_root) {
  for (const oci::Listed& listed : TRY(lifecycle::list(oci_root))) {
    const auto name = listed.state.annotations.find("io.kubernetes.cri.container-name");
    if (listed.state.pid == 0 || listed.status == oci::Status::kCreating) continue;
    if (name == listed.state.annotations.end()) continue;
    for (ContainerStatus* status : all_statuses(pod.status))
      if (status->name == name->second)
        note_start(*status, listed.state.id, parse_time(listed.state.created).value_or(now()));
  }
  return {};
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

Result<> take_up_pod(const Place& place, Pod& pod, const cgroups::Hierarchy& hierarchy, const std::string& dir) {
  const std::string cgroup = pod_cgroup_path(qos_class(pod.spec), pod.metadata.uid);
  (void)leave_network(place, pod);  // where it fails it is tried again before the pod joins anew
  // Who was just about to execute a program has done so, or never will: what is killed does not wake up before.
  (void)cgroups::freeze(hierarchy, cgroup);
  Result<> done = note_starts(pod, oci_root(dir));
  // The next one reads it here, should we be killed once their states are gone.
  if (done) done = write_pod(pod, dir);
  if (done) done = cgroups::kill(hierarchy, cgroup);
  (void)cgroups::thaw(hierarchy, cgroup);
  TRY(done);
  TRY(remove_pod_containers(place, pod));
  for (ContainerStatus* status : all_statuses(pod.status)) note_unseen_end(*status, now());
  // Nothing runs, and what starts has what is allocated.
  remove_resize_condition(pod.status, kResizeInProgress);
  update_pod_status(pod, false, now());
  return write_pod(pod, dir);
}

}  // namespace kube
