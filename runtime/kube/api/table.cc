#include "runtime/kube/api/table.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/align.h"
#include "runtime/kube/api/page.h"
#include "runtime/kube/api/pod_summary.h"

namespace kube {
namespace {

// How many of the conditions hold that are waited for besides: "0/1".
std::string gates_text(const Pod& pod) {
  if (pod.spec.readiness_gates.empty()) return "<none>";
  const auto holds = [&](const ReadinessGate& gate) {
    return std::ranges::any_of(pod.status.conditions, [&](const PodCondition& one) {
      return one.type == gate.condition_type && one.status == "True";
    });
  };
  return cat(std::ranges::count_if(pod.spec.readiness_gates, holds), '/', pod.spec.readiness_gates.size());
}

// "1/2".
std::string ready_text(const PodSummary& summary) {
  return cat(summary.ready, '/', summary.total);
}

// "2 (3m52s ago)".
std::string restarts_text(const PodSummary& summary, Time at) {
  const auto& [ready, total, status, restarts, last] = summary;
  return restarts != 0 && last.is_set() ? cat(restarts, " (", print_age(last, at), " ago)") : cat(restarts);
}

std::string print_rows(std::vector<Row> rows, bool headers) {
  if (!headers) rows.erase(rows.begin());
  return print_table(rows);
}

}  // namespace

std::string print_table(const std::vector<Row>& rows) {
  return align(rows, 6, 3);
}

std::string print_pod_table(const std::vector<Pod>& pods, Time at, const TableOptions& options) {
  Row header{"NAME", "READY", "STATUS", "RESTARTS", "AGE"};
  if (options.namespaces) header.insert(header.begin(), "NAMESPACE");
  if (options.wide) header.insert(header.end(), {"IP", "NODE", "NOMINATED NODE", "READINESS GATES"});
  std::vector<Row> rows{header};
  for (const Pod& pod : pods) {
    Row& row = rows.emplace_back();
    if (options.namespaces) row.push_back(pod.metadata.ns);
    const PodSummary summary = summarize_pod(pod);
    row.insert(row.end(), {pod.metadata.name, ready_text(summary), summary.status, restarts_text(summary, at),
                           print_age(pod.metadata.creation_time, at)});
    if (options.wide)
      row.insert(row.end(), {or_none(pod.status.pod_ip), or_none(pod.spec.node_name), "<none>", gates_text(pod)});
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
