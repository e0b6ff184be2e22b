#include "runtime/kube/api/describe.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/describe_content.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/page.h"
#include "runtime/kube/api/table.h"

namespace kube {
namespace {

std::string yes_no(bool value) {
  return value ? "True" : "False";
}

std::vector<std::string> toleration_lines(const std::vector<Toleration>& tolerations) {
  std::vector<std::string> lines;
  for (const Toleration& t : tolerations) {
    std::string line = cat(t.key, t.value.empty() ? "" : "=", t.value, t.effect.empty() ? "" : ":", t.effect);
    if (t.op == "Exists") line += line.empty() ? "op=Exists" : " op=Exists";
    if (t.seconds) line += cat(" for ", *t.seconds, 's');
    lines.push_back(std::move(line));
  }
  return lines;
}

void add_head(Page& page, const Pod& pod, Time at) {
  page.add(0, "Name", pod.metadata.name);
  page.add(0, "Namespace", pod.metadata.ns);
  if (pod.spec.priority) page.add(0, "Priority", cat(*pod.spec.priority));
  page.add_unless_empty(0, "Service Account", pod.spec.service_account_name);
  page.add(0, "Node", pod.spec.node_name.empty() ? "<none>" : cat(pod.spec.node_name, '/', pod.status.host_ip));
  if (pod.status.start_time.is_set()) page.add(0, "Start Time", print_long_time(pod.status.start_time));
  page.add_labels(pod.metadata.labels);
  page.add_annotations(pod.metadata.annotations);
  if (pod.metadata.deletion_time.is_set() && !is_finished(pod.status)) {
    int64_t past = std::max<int64_t>(at.seconds - pod.metadata.deletion_time.seconds, 0);
    page.add(0, "Status", cat("Terminating (lasts ", print_age(past), ')'));
    page.add(0, "Termination Grace Period", cat(pod.metadata.deletion_grace_period.value_or(0), 's'));
  } else {
    page.add(0, "Status", pod.status.phase);
  }
  page.add_unless_empty(0, "Reason", pod.status.reason);
  page.add_unless_empty(0, "Message", pod.status.message);
  page.add(0, "IP", pod.status.pod_ip);
  if (pod.status.pod_ips.empty())
    page.add(0, "IPs", "<none>");
  else
    page.add_title(0, "IPs");
  for (const PodIp& ip : pod.status.pod_ips) page.add(1, "IP", ip.ip);
}

void add_state(Page& page, std::string_view name, const ContainerState& state) {
  if (state.running) {
    page.add(2, name, "Running");
    page.add(3, "Started", print_long_time(state.running->started_at));
  } else if (state.terminated) {
    const StateTerminated& ended = *state.terminated;
    page.add(2, name, "Terminated");
    page.add_unless_empty(3, "Reason", ended.reason);
    page.add_unless_empty(3, "Message", ended.message);
    page.add(3, "Exit Code", cat(ended.exit_code));
    if (ended.signal != 0) page.add(3, "Signal", cat(ended.signal));
    page.add(3, "Started", print_long_time(ended.started_at));
    page.add(3, "Finished", print_long_time(ended.finished_at));
  } else {
    page.add(2, name, "Waiting");
    if (state.waiting) page.add_unless_empty(3, "Reason", state.waiting->reason);
  }
}

void add_ports(Page& page, const Container& container) {
  std::vector<std::string> ports, host_ports;
  for (const ContainerPort& port : container.ports) {
    std::string name = port.name.empty() ? "" : cat(" (", port.name, ')');
    ports.push_back(cat(port.container_port, '/', port.protocol, name));
    host_ports.push_back(cat(port.host_port, '/', port.protocol, name));
  }
  bool several = ports.size() > 1;
  page.add(2, several ? "Ports" : "Port", or_none(join(ports, ", ")));
  page.add(2, several ? "Host Ports" : "Host Port", or_none(join(host_ports, ", ")));
}

void add_words(Page& page, std::string_view name, const std::vector<std::string>& words) {
  if (!words.empty()) page.add_title(2, name);
  for (const std::string& word : words)
    for (const std::string& line : split(word, '\n')) page.add_text(3, line);
}

void add_resources(Page& page, int level, std::string_view name, const ResourceList& list) {
  if (!list.empty()) page.add_title(level, name);
  for (const auto& [resource, quantity] : list) page.add(level + 1, resource, print_quantity(quantity));
}

void add_env(Page& page, const std::vector<EnvVar>& env) {
  if (env.empty())
    page.add(2, "Environment", "<none>");
  else
    page.add_title(2, "Environment");
  for (const EnvVar& variable : env) {
    auto lines = split(shown_value(variable), '\n');
    page.add(3, variable.name, lines[0]);
    for (size_t i = 1; i < lines.size(); ++i) page.add_more(lines[i]);
  }
}

void add_mounts(Page& page, std::vector<VolumeMount> mounts) {
  if (mounts.empty())
    page.add(2, "Mounts", "<none>");
  else
    page.add_title(2, "Mounts");
  std::sort(mounts.begin(), mounts.end(), [](const auto& a, const auto& b) { return a.mount_path < b.mount_path; });
  for (const VolumeMount& mount : mounts)
    page.add_text(3, cat(mount.mount_path, " from ", mount.name, mount.read_only ? " (ro" : " (rw",
                         mount.sub_path.empty() ? "" : cat(",path=\"", mount.sub_path, '"'), ')'));
}

void add_container(Page& page, const Container& container, const ContainerStatus* status) {
  page.add_title(1, container.name);
  if (status != nullptr) page.add(2, "Container ID", status->container_id);
  page.add(2, "Image", container.image);
  if (status != nullptr) page.add(2, "Image ID", status->image_id);
  add_ports(page, container);
  add_words(page, "Command", container.command);
  add_words(page, "Args", container.args);
  if (status != nullptr) {
    add_state(page, "State", status->state);
    if (status->last_state.terminated) add_state(page, "Last State", status->last_state);
    page.add(2, "Ready", yes_no(status->ready));
    page.add(2, "Restart Count", cat(status->restart_count));
  }
  add_resources(page, 2, "Limits", container.resources.limits);
  add_resources(page, 2, "Requests", container.resources.requests);
  if (container.liveness_probe) page.add(2, "Liveness", describe_probe(*container.liveness_probe));
  if (container.readiness_probe) page.add(2, "Readiness", describe_probe(*container.readiness_probe));
  if (container.startup_probe) page.add(2, "Startup", describe_probe(*container.startup_probe));
  add_env_sources(page, container.env_from);
  add_env(page, container.env);
  add_mounts(page, container.volume_mounts);
}

void add_containers(Page& page, std::string_view title, const std::vector<Container>& containers,
                    const PodStatus& status) {
  page.add_title(0, title);
  for (const Container& container : containers) add_container(page, container, find_status(status, container.name));
}

void add_conditions(Page& page, const std::vector<PodCondition>& conditions) {
  if (conditions.empty()) return;
  page.add_title(0, "Conditions");
  page.add_row({"  Type", "Status"});
  for (const PodCondition& condition : conditions) page.add_row({"  " + condition.type, condition.status});
}

void add_empty_dir(Page& page, const EmptyDir& volume) {
  const auto& limit = volume.size_limit;
  page.add(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
  page.add(2, "Medium", volume.medium);
  page.add(2, "SizeLimit", limit && !limit->is_zero() ? print_quantity(*limit) : "<unset>");
}

void add_volumes(Page& page, const std::vector<Volume>& volumes) {
  if (volumes.empty()) return page.add(0, "Volumes", "<none>");
  page.add_title(0, "Volumes");
  for (const Volume& volume : volumes) {
    page.add_title(1, volume.name);
    if (volume.empty_dir) add_empty_dir(page, *volume.empty_dir);
    if (volume.host_path) {
      page.add(2, "Type", "HostPath (bare host directory volume)");
      page.add(2, "Path", volume.host_path->path);
      page.add(2, "HostPathType", volume.host_path->type);
    }
    if (volume.claim) {
      page.add(2, "Type", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)");
      page.add(2, "ClaimName", volume.claim->claim_name);
      page.add(2, "ReadOnly", volume.claim->read_only ? "true" : "false");
    }
    add_content_volume(page, volume);
    if (volume.image) {
      page.add(2, "Type", "Image (a container image or OCI artifact)");
      page.add(2, "Reference", volume.image->reference);
      page.add(2, "PullPolicy", volume.image->pull_policy);
    }
  }
}

void add_events(Page& page, const std::vector<Event>& events, Time at) {
  if (events.empty()) return page.add(0, "Events", "<none>");
  page.add_title(0, "Events");
  page.add_row({"  Type", "Reason", "Age", "From", "Message"});
  page.add_row({"  ----", "------", "----", "----", "-------"});
  for (const Event& event : events)
    page.add_row(
        {"  " + event.type, event.reason, event_age_text(event, at), event.from, std::string(trimmed(event.message))});
}

}  // namespace

std::string describe_pod(const Pod& pod, const std::vector<Event>& events, Time at) {
  Page page;
  add_head(page, pod, at);
  if (pod.spec.resources) {
    page.add_title(0, "Resources");
    add_resources(page, 1, "Limits", pod.spec.resources->limits);
    add_resources(page, 1, "Requests", pod.spec.resources->requests);
  }
  if (!pod.spec.init_containers.empty()) add_containers(page, "Init Containers", pod.spec.init_containers, pod.status);
  add_containers(page, "Containers", pod.spec.containers, pod.status);
  add_conditions(page, pod.status.conditions);
  add_volumes(page, pod.spec.volumes);
  page.add(0, "QoS Class", pod.status.qos_class.empty() ? std::string(qos_class(pod.spec)) : pod.status.qos_class);
  page.add_values("Node-Selectors", {});
  page.add_values("Tolerations", toleration_lines(pod.spec.tolerations));
  add_events(page, events, at);
  return page.text();
}

}  // namespace kube
