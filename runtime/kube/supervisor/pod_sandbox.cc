#include "runtime/kube/supervisor/pod_sandbox.h"

#include "runtime/kube/network/cni.h"
#include "runtime/kube/sandbox/pause.h"
#include "runtime/kube/sandbox/pod_cgroup.h"
#include "runtime/kube/sandbox/pod_files.h"
#include "runtime/kube/sandbox/user_namespace.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/state/user_ids.h"
#include "runtime/kube/supervisor/wording.h"
#include "runtime/lifecycle/lifecycle.h"

namespace kube {

Result<> PodSandbox::make_files() {
  if (has_files_) return {};
  if (!state_.pod.spec.host_users.value_or(true))
    state_.context.id_mappings = pod_id_mappings(TRY(take_user_ids(state_.place, state_.pod.metadata.uid)));
  TRY(make_pod_files(state_.context));
  TRY(make_pod_cgroup(state_.hierarchy, state_.context, allocated_spec(state_.pod.spec, state_.allocation)));
  if (state_.context.node.has_cpu_controller)
    set_qos_weights(state_.hierarchy, list_pods(state_.place, "").value_or(std::vector<Pod>()));
  has_files_ = true;
  return {};
}

Result<> PodSandbox::make() {
  pause_id_ = new_id();
  lifecycle::Created created = TRY(start_pause(state_.context, oci_root(state_.dir), pause_id_));
  pause_ = std::move(created.init);
  state_.context.sandbox_pid = pause_.pid;
  TRY(join_network());
  TRY(write_etc_files());
  TRY(state_.loop.watch(pause_.fd.get(), [this] { on_pause_end(); }));
  state_.has_sandbox = true;
  return {};
}

Result<> PodSandbox::join_network() {
  Pod& pod = state_.pod;
  if (pod.spec.host_network) return {};
  TRY(leave_network(state_.place, pod));  // where the sandbox before was
  pod.status.pod_ip.clear();
  pod.status.pod_ips.clear();
  std::optional<PodNetwork> joined = TRY(kube::join_network(state_.place, pod, pause_id_, pause_.pid));
  if (!joined || joined->addresses.empty()) return {};
  pod.status.pod_ip = joined->addresses[0];
  for (std::string& address : joined->addresses) pod.status.pod_ips.push_back({std::move(address)});
  state_.context.network_resolver = std::move(joined->resolver);
  return {};
}

Result<> PodSandbox::write_etc_files() {
  std::vector<std::string> remarks;
  TRY(make_etc_files(state_.context, remarks));
  for (std::string& remark : remarks) state_.events.add(pod_event("Warning", "DNSConfigForming", std::move(remark)));
  return {};
}

void PodSandbox::on_pause_end() {
  forget();
  reap();
  state_.is_changed = true;
  on_end_();
}

void PodSandbox::forget() {
  if (state_.has_sandbox) state_.loop.forget(pause_.fd.get());
  state_.has_sandbox = false;
}

void PodSandbox::reap() {
  if (pause_.fd.is_open() && wait_end(pause_, 0)) (void)wait_exit(pause_);
  pause_ = {};
}

void PodSandbox::start_over() {
  reap();
  has_files_ = false;
}

void PodSandbox::remove_pause() {
  (void)lifecycle::remove(oci_root(state_.dir), pause_id_, true);
}

}  // namespace kube
