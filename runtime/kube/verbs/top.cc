// top: what the pods' cgroups say, and the machine's own counts, without a metrics server.
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/loop.h"
#include "base/text.h"
#include "cgroups/control.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/table.h"
#include "runtime/kube/sandbox/node_info.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {
namespace {

constexpr Option kTop[] = {kEverywhereOption,
                           {"containers", 0, "", "each container by itself"},
                           {"no-headers", 0, "", "without the line of headers"}};
constexpr int64_t kInterval = 500;  // milliseconds between the two looks that a rate takes

// A line of the table: a cgroup, and the columns that say whose it is.
struct Sample {
  std::vector<std::string> columns;
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

// Thousandths of a core, of so many microseconds used in so many milliseconds.
int64_t milli_cores(uint64_t used, int64_t elapsed) {
  elapsed = std::max<int64_t>(elapsed, 1);
  return (static_cast<int64_t>(used) + elapsed / 2) / elapsed;
}

// The lines of a pod: itself, or its running containers.
std::vector<Sample> list_samples(const Call& call, const Pod& pod) {
  const std::string cgroup = pod_cgroup_path(qos_class(pod.spec), pod.metadata.uid);
  std::vector<std::string> columns;
  if (call.arguments.has("all-namespaces")) columns.push_back(pod.metadata.ns);
  columns.push_back(pod.metadata.name);
  std::vector<Sample> samples;
  if (!call.arguments.has("containers")) {
    samples.push_back({columns, cgroup});
    return samples;
  }
  for (const ContainerStatus* status : all_statuses(pod.status)) {
    if (!status->state.running) continue;
    samples.push_back({columns, cat(cgroup, "/", id_of(*status))});
    samples.back().columns.push_back(status->name);
  }
  return samples;
}

Result<> top_pods(const Call& call, const cgroups::Hierarchy& hierarchy) {
  std::vector<Sample> samples;
  for (const Pod& pod : TRY(chosen_pods(call, TRY(parse_pod_names(call.arguments.operands)))))
    for (Sample& sample : list_samples(call, pod))
      if (const auto stat = cgroups::read_stat(hierarchy, sample.cgroup)) {
        sample.cpu_usec = stat->cpu_usage_usec;
        sample.at = monotonic_ms();
        samples.push_back(std::move(sample));
      }
  if (samples.empty()) return fail("no running pod to measure");
  pause_for(kInterval);
  std::vector<std::vector<std::string>> rows;
  if (!call.arguments.has("no-headers")) {
    auto& head = rows.emplace_back();
    if (call.arguments.has("all-namespaces")) head.emplace_back("NAMESPACE");
    if (call.arguments.has("containers")) head.emplace_back("POD");
    head.insert(head.end(), {"NAME", "CPU(cores)", "MEMORY(bytes)"});
  }
  for (Sample& sample : samples) {
    const auto stat = cgroups::read_stat(hierarchy, sample.cgroup);
    if (!stat) continue;  // it has ended
    const int64_t used = milli_cores(stat->cpu_usage_usec - sample.cpu_usec, monotonic_ms() - sample.at);
    sample.columns.push_back(cat(used, "m"));
    sample.columns.push_back(working_set(hierarchy, sample.cgroup, *stat));
    rows.push_back(std::move(sample.columns));
  }
  return say(print_table(rows));
}

// Microseconds that the machine's processors have worked since boot (proc(5), /proc/stat).
Result<uint64_t> read_machine_cpu() {
  constexpr size_t kIdle = 3, kIoWait = 4, kSteal = 7;  // user nice system idle iowait irq softirq steal
  const std::string text = TRY(read_file("/proc/stat"));
  const std::vector<std::string> words = split(trimmed(text.substr(3, text.find('\n') - 3)), ' ');
  uint64_t ticks = 0;
  for (size_t i = 0; i < words.size() && i <= kSteal; i++)
    if (i != kIdle && i != kIoWait) ticks += parse_number<uint64_t>(words[i]).value_or(0);
  return ticks * 1'000'000 / static_cast<uint64_t>(sysconf(_SC_CLK_TCK));
}

// Memory that programs have, in bytes: what could not be given to others at once.
Result<int64_t> read_machine_memory(int64_t total) {
  constexpr std::string_view kField = "MemAvailable:";
  for (const std::string& line : split(TRY(read_file("/proc/meminfo")), '\n')) {
    if (!line.starts_with(kField)) continue;
    const std::string_view number = trimmed(std::string_view(line).substr(kField.size()));
    return total - parse_number<int64_t>(number.substr(0, number.find(' '))).value_or(0) * 1024;
  }
  return fail("/proc/meminfo: no MemAvailable");
}

Result<> top_node(const Call& call, const cgroups::Hierarchy& hierarchy) {
  const NodeInfo node = TRY(read_node_info(hierarchy));
  const uint64_t before = TRY(read_machine_cpu());
  const int64_t begun = monotonic_ms();
  pause_for(kInterval);
  const int64_t cpu = milli_cores(TRY(read_machine_cpu()) - before, monotonic_ms() - begun);
  const int64_t memory = TRY(read_machine_memory(node.memory));
  std::vector<std::vector<std::string>> rows;
  if (!call.arguments.has("no-headers")) rows = {{"NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"}};
  rows.push_back({node.name, cat(cpu, "m"), cat(cpu * 100 / std::max<int64_t>(node.milli_cpu, 1), "%"),
                  cat(memory >> 20, "Mi"), cat(memory * 100 / std::max<int64_t>(node.memory, 1), "%")});
  return say(print_table(rows));
}

}  // namespace

const std::span<const Option> kTopOptions = kTop;

Result<int> run_top(const Call& call) {
  const cgroups::Hierarchy hierarchy = TRY(cgroups::read_hierarchy());
  const std::string& kind = call.arguments.operands[0];
  if (kind == "node" || kind == "nodes" || kind == "no")
    TRY(top_node(call, hierarchy));
  else
    TRY(top_pods(call, hierarchy));
  return 0;
}

}  // namespace kube
