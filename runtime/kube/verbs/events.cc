// events.
#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/print.h"
#include "runtime/kube/api/table.h"
#include "runtime/kube/state/event_log.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {
namespace {

constexpr Option kEvents[] = {{"for", 0, "pod/NAME", "of this pod only"},
                              kEverywhereOption,
                              {"output", 'o', "FORMAT", "yaml or json"},
                              {"no-headers", 0, "", "without the line of headers"}};

Result<std::vector<Pod>> chosen_pods(const Call& call) {
  if (!call.arguments.has("for")) return list_pods(call.place, call.listed_ns());
  const std::string name = TRY(parse_pod_name(call.arguments.value("for")));
  Result<Pod> pod = find_pod(call.place, call.ns, name);
  if (!pod) return std::unexpected(pod.error());
  return std::vector{*std::move(pod)};
}

}  // namespace

const std::span<const Option> kEventsOptions = kEvents;

Result<int> run_events(const Call& call) {
  const std::vector<Pod> pods = TRY(chosen_pods(call));
  std::vector<PodEvent> events;
  for (const Pod& pod : pods)
    for (Event& event : TRY(read_events(pod_dir(call.place, pod.metadata.ns, pod.metadata.name))))
      events.push_back({&pod.metadata, std::move(event)});
  const std::string format = call.arguments.value("output");
  if (format == "yaml" || format == "json") {
    if (pods.size() != 1) return fail("--output goes with one pod", "--for pod/NAME");
    std::vector<Event> own;
    for (PodEvent& entry : events) own.push_back(std::move(entry.event));
    TRY(say(format == "yaml" ? print_events_yaml(own, pods[0].metadata) : print_events_json(own, pods[0].metadata)));
    return 0;
  }
  if (!format.empty()) return fail(cat("--output: ", quoted(format), " is not yaml or json"));
  if (events.empty()) {
    remark("No events found.");
    return 0;
  }
  std::ranges::stable_sort(events, {}, [](const PodEvent& entry) { return entry.event.last; });
  const TableOptions options{.namespaces = call.arguments.has("all-namespaces"),
                             .headers = !call.arguments.has("no-headers")};
  TRY(say(print_event_table(events, now(), options)));
  return 0;
}

}  // namespace kube
