#include "runtime/kube/api/table.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/align.h"
#include "runtime/kube/api/page.h"

namespace kube {
namespace {

bool is_ready(const ContainerStatus& status) {
  return status.ready && status.state.running;
}

bool has_condition(const Pod& pod, std::string_view type) {
  return std::any_of(pod.status.conditions.begin(), pod.status.conditions.end(),
                     [&](const PodCondition& c) { return c.type == type && c.status == "True"; });
}

// What a container says of its pod; empty when it runs or has nothing to say.
std::string reason_of(const ContainerState& state) {
  if (state.waiting) return state.waiting->reason;
  if (!state.terminated) return {};
  if (!state.terminated->reason.empty()) return state.terminated->reason;
  if (state.terminated->signal != 0) return cat("Signal:", state.terminated->signal);
  return cat("ExitCode:", state.terminated->exit_code);
}

std::string print_rows(std::vector<Row> rows, bool headers) {
  if (!headers) rows.erase(rows.begin());
  return print_table(rows);
}

}  // namespace

std::string print_table(const std::vector<Row>& rows) {
  return align(rows, 6, 3);
}

std::string pod_status_text(const Pod& pod) {
  const PodStatus& status = pod.status;
  std::string text = status.reason.empty() ? status.phase : status.reason;
  bool any_running = false;
  // The first container's word counts most, so it comes last.
  for (auto container = status.container_statuses.rbegin(); container != status.container_statuses.rend();
       ++container) {
    std::string reason = reason_of(container->state);
    if (!reason.empty())
      text = reason;
    else
      any_running = any_running || is_ready(*container);
  }
  if (text == "Completed" && any_running) text = has_condition(pod, "Ready") ? "Running" : "NotReady";
  bool over = status.phase == "Succeeded" || status.phase == "Failed";
  return pod.metadata.deletion_time.is_set() && !over ? "Terminating" : text;
}

std::string pod_ready_text(const Pod& pod) {
  const auto& statuses = pod.status.container_statuses;
  return cat(std::count_if(statuses.begin(), statuses.end(), is_ready), '/', pod.spec.containers.size());
}

std::string pod_restarts_text(const Pod& pod, Time at) {
  int64_t restarts = 0;
  Time last;
  for (const ContainerStatus& container : pod.status.container_statuses) {
    restarts += container.restart_count;
    if (container.last_state.terminated) last = std::max(last, container.last_state.terminated->finished_at);
  }
  return restarts != 0 && last.is_set() ? cat(restarts, " (", print_age(last, at), " ago)") : cat(restarts);
}

std::string print_pod_table(const std::vector<Pod>& pods, Time at, const TableOptions& options) {
  Row header{"NAME", "READY", "STATUS", "RESTARTS", "AGE"};
  if (options.namespaces) header.insert(header.begin(), "NAMESPACE");
  if (options.wide) header.insert(header.end(), {"IP", "NODE", "NOMINATED NODE", "READINESS GATES"});
  std::vector<Row> rows{header};
  for (const Pod& pod : pods) {
    Row& row = rows.emplace_back();
    if (options.namespaces) row.push_back(pod.metadata.ns);
    row.insert(row.end(), {pod.metadata.name, pod_ready_text(pod), pod_status_text(pod), pod_restarts_text(pod, at),
                           print_age(pod.metadata.creation_time, at)});
    if (options.wide)
      row.insert(row.end(), {or_none(pod.status.pod_ip), or_none(pod.spec.node_name), "<none>", "<none>"});
  }
  return print_rows(std::move(rows), options.headers);
}

std::string event_age_text(const Event& event, Time at) {
  if (event.count <= 1) return print_age(event.first, at);
  return cat(print_age(event.last, at), " (x", event.count, " over ", print_age(event.first, at), ')');
}

std::string print_event_table(const std::vector<PodEvent>& events, Time at, const TableOptions& options) {
  Row header{"LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"};
  if (options.namespaces) header.insert(header.begin(), "NAMESPACE");
  std::vector<Row> rows{header};
  for (const auto& [pod, event] : events) {
    Row& row = rows.emplace_back();
    if (options.namespaces) row.push_back(pod->ns);
    row.insert(row.end(), {event_age_text(event, at), event.type, event.reason, "Pod/" + pod->name,
                           std::string(trimmed(event.message))});
  }
  return print_rows(std::move(rows), options.headers);
}

}  // namespace kube
