// top: what the pods' cgroups say, without a metrics server.
#include <time.h>

#include <algorithm>

#include "base/loop.h"
#include "base/text.h"
#include "cgroups/control.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/table.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {
namespace {

constexpr Option kTop[] = {kEverywhereOption, {"no-headers", 0, "", "without the line of headers"}};
constexpr int64_t kInterval = 500;  // milliseconds between the two looks that a rate takes

struct Sample {
  Pod pod;
  std::string cgroup;
  uint64_t cpu_usec = 0;
  int64_t at = 0;
};

Result<std::vector<Pod>> chosen_pods(const Call& call, const std::vector<std::string>& names) {
  if (names.empty()) return list_pods(call.place, call.listed_ns());
  std::vector<Pod> pods;
  for (const std::string& name : names) {
    Result<Pod> pod = find_pod(call.place, call.ns, name);
    if (!pod) return std::unexpected(pod.error());
    pods.push_back(*std::move(pod));
  }
  return pods;
}

// What metrics-server calls the working set: memory in use without the file pages that nobody has touched lately.
std::string working_set(const cgroups::Hierarchy& hierarchy, const std::string& cgroup, const cgroups::Stat& stat) {
  if (!stat.memory_current) return "<unknown>";
  uint64_t inactive = 0;
  constexpr std::string_view kField = "inactive_file ";
  const std::string text = cgroups::read_value(hierarchy, cgroup, "memory.stat").value_or("");
  for (const std::string& line : split(text, '\n'))
    if (line.starts_with(kField)) inactive = parse_number<uint64_t>(line.substr(kField.size())).value_or(0);
  return cat((*stat.memory_current - std::min(inactive, *stat.memory_current)) >> 20, "Mi");
}

void pause_for(int64_t milliseconds) {
  const timespec time{.tv_sec = milliseconds / 1000, .tv_nsec = milliseconds % 1000 * 1'000'000};
  nanosleep(&time, nullptr);
}

}  // namespace

const std::span<const Option> kTopOptions = kTop;

Result<int> run_top(const Call& call) {
  const std::vector<std::string> names = TRY(parse_pod_names(call.arguments.operands));
  const cgroups::Hierarchy hierarchy = TRY(cgroups::read_hierarchy());
  std::vector<Sample> samples;
  for (Pod& pod : TRY(chosen_pods(call, names))) {
    std::string cgroup = pod_cgroup_path(qos_class(pod.spec), pod.metadata.uid);
    if (const auto stat = cgroups::read_stat(hierarchy, cgroup))
      samples.push_back({std::move(pod), std::move(cgroup), stat->cpu_usage_usec, monotonic_ms()});
  }
  if (samples.empty()) return fail("no running pod to measure");
  pause_for(kInterval);
  const bool shows_namespaces = call.arguments.has("all-namespaces");
  std::vector<std::vector<std::string>> rows;
  const auto add = [&](const std::string& ns, std::vector<std::string> row) {
    if (shows_namespaces) row.insert(row.begin(), ns);
    rows.push_back(std::move(row));
  };
  if (!call.arguments.has("no-headers")) add("NAMESPACE", {"NAME", "CPU(cores)", "MEMORY(bytes)"});
  for (const Sample& sample : samples) {
    const auto stat = cgroups::read_stat(hierarchy, sample.cgroup);
    if (!stat) continue;  // it has ended
    const int64_t elapsed = std::max<int64_t>(monotonic_ms() - sample.at, 1);
    const int64_t used = static_cast<int64_t>(stat->cpu_usage_usec - sample.cpu_usec);
    add(sample.pod.metadata.ns, {sample.pod.metadata.name, cat((used + elapsed / 2) / elapsed, "m"),
                                 working_set(hierarchy, sample.cgroup, *stat)});
  }
  TRY(say(print_table(rows)));
  return 0;
}

}  // namespace kube
