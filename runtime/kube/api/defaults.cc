#include "runtime/kube/api/defaults.h"

#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/defaults_content.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/resizable.h"
#include "runtime/kube/api/volume_source.h"

namespace kube {
namespace {

void set_http_defaults(HttpGetAction& action) {
  fill(action.path, "/");
  fill(action.scheme, "HTTP");
}

// A number that is 0 was not given: the API knows no difference.
void set_probe_defaults(Probe& probe) {
  const auto fill_number = [](int64_t& number, int64_t value) { number = number == 0 ? value : number; };
  fill_number(probe.timeout, 1);
  fill_number(probe.period, 10);
  fill_number(probe.success_threshold, 1);
  fill_number(probe.failure_threshold, 3);
  if (probe.http_get) set_http_defaults(*probe.http_get);
}

void set_container_defaults(Container& container, bool host_network) {
  fill(container.image_pull_policy, default_pull_policy(container.image));
  set_content_defaults(container);
  fill(container.termination_message_path, "/dev/termination-log");
  fill(container.termination_message_policy, "File");
  if (container.lifecycle)
    for (auto* handler : {&container.lifecycle->post_start, &container.lifecycle->pre_stop})
      if (*handler && (*handler)->http_get) set_http_defaults(*(*handler)->http_get);
  for (auto* probe : {&container.liveness_probe, &container.readiness_probe, &container.startup_probe})
    if (*probe) set_probe_defaults(**probe);
  for (ContainerPort& port : container.ports) {
    fill(port.protocol, "TCP");
    if (host_network && port.host_port == 0) port.host_port = port.container_port;
  }
  for (const auto& [name, limit] : container.resources.limits) container.resources.requests.emplace(name, limit);
  set_resize_policy(container);
}

// Of a pod that has limits as a whole: what its containers ask for together, else as much as the limit. Huge pages have
// no request but their limit.
void set_pod_requests(PodSpec& spec) {
  if (!spec.resources || spec.resources->limits.empty()) return;
  ResourceList& requests = spec.resources->requests;
  for (const auto& [name, request] : container_sums(spec).requests)
    if (name == "cpu" || name == "memory") requests.emplace(name, request);
  for (const auto& [name, limit] : spec.resources->limits) requests.emplace(name, limit);
}

void set_volume_defaults(Volume& volume) {
  if (sources_of(volume).empty()) volume.empty_dir.emplace();
  set_content_defaults(volume);
  if (volume.image) fill(volume.image->pull_policy, default_pull_policy(volume.image->reference));
}

}  // namespace

void fill(std::string& text, std::string_view value) {
  if (text.empty()) text = value;
}

std::string_view default_pull_policy(std::string_view image) {
  if (image.find('@') != std::string_view::npos) return "IfNotPresent";
  size_t slash = image.rfind('/');
  std::string_view last = slash == std::string_view::npos ? image : image.substr(slash + 1);
  size_t colon = last.find(':');
  bool latest = colon == std::string_view::npos || last.substr(colon + 1) == "latest";
  return latest ? "Always" : "IfNotPresent";
}

void set_defaults(Pod& pod) {
  fill(pod.metadata.ns, "default");
  PodSpec& spec = pod.spec;
  fill(spec.service_account_name, spec.service_account);  // the name it had once
  fill(spec.restart_policy, "Always");
  fill(spec.dns_policy, "ClusterFirst");
  fill(spec.scheduler_name, "default-scheduler");
  fill(spec.preemption_policy, "PreemptLowerPriority");
  if (!spec.priority) spec.priority = 0;
  if (!spec.enable_service_links) spec.enable_service_links = true;
  if (!spec.security_context) spec.security_context.emplace();
  if (!spec.termination_grace_period) spec.termination_grace_period = 30;
  if (*spec.termination_grace_period < 0) spec.termination_grace_period = 1;
  for (Volume& volume : spec.volumes) set_volume_defaults(volume);
  for (Container* container : all_containers(spec)) set_container_defaults(*container, spec.host_network);
  set_pod_requests(spec);
}

}  // namespace kube
