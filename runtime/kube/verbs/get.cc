// get and describe.
#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/describe.h"
#include "runtime/kube/api/print.h"
#include "runtime/kube/api/table.h"
#include "runtime/kube/state/event_log.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/verb.h"
#include "runtime/kube/verbs/watch.h"

namespace kube {
namespace {

constexpr Option kGet[] = {{"output", 'o', "FORMAT", "wide, yaml, json or name"},
                           {"all-namespaces", 'A', "", "of every namespace"},
                           {"watch", 'w', "", "go on, and show a line for each change"},
                           {"no-headers", 0, "", "without the line of headers"}};

struct Found {
  std::vector<Pod> pods;
  int code = 0;  // 1 when a name was not found
};

// The pods that are named, in that order, or all.
Result<Found> find_pods(const Call& call, const std::vector<std::string>& names) {
  Found found;
  if (names.empty()) {
    found.pods = TRY(list_pods(call.place, call.listed_ns()));
    return found;
  }
  for (const std::string& name : names) {
    Result<Pod> pod = find_pod(call.place, call.ns, name);
    if (pod) {
      found.pods.push_back(*std::move(pod));
    } else {
      remark(cat("error: ", pod.error().text()));
      found.code = 1;
    }
  }
  return found;
}

Result<> check_format(const std::string& format) {
  for (const char* known : {"", "wide", "yaml", "json", "name"})
    if (format == known) return {};
  return fail(cat("--output: ", quoted(format), " is not wide, yaml, json or name"));
}

void say_empty(const Call& call) {
  const std::string ns = call.listed_ns();
  remark(ns.empty() ? "No resources found" : cat("No resources found in ", ns, " namespace."));
}

std::string print_pods(const Call& call, const std::vector<Pod>& pods, const std::string& format, bool is_one) {
  if (format == "yaml") return is_one ? print_pod_yaml(pods[0]) : print_pods_yaml(pods);
  if (format == "json") return is_one ? print_pod_json(pods[0]) : print_pods_json(pods);
  if (format == "name") {
    std::string text;
    for (const Pod& pod : pods) text += cat("pod/", pod.metadata.name, "\n");
    return text;
  }
  const TableOptions options{.wide = format == "wide",
                             .namespaces = call.arguments.has("all-namespaces"),
                             .headers = !call.arguments.has("no-headers")};
  return print_pod_table(pods, now(), options);
}

// What makes a new line of `get -w`: the age alone does not.
std::string row_key(const Pod& pod) {
  return cat(pod.metadata.uid, " ", pod_ready_text(pod), " ", pod_status_text(pod), " ",
             pod.status.container_statuses.empty() ? 0 : pod_restarts_text(pod, now()).size(), " ",
             pod.metadata.deletion_time.seconds);
}

// Lines that the present has and the past had not.
Result<> watch_pods(const Call& call, const std::vector<std::string>& names, PodWatch& watch, std::vector<Pod> before) {
  TableOptions options{.wide = call.arguments.value("output") == "wide",
                       .namespaces = call.arguments.has("all-namespaces"),
                       .headers = false};
  while (true) {
    TRY(watch.wait(-1));
    std::vector<Pod> present = TRY(list_pods(call.place, call.listed_ns()));
    std::erase_if(present, [&](const Pod& pod) {
      return !names.empty() && std::ranges::find(names, pod.metadata.name) == names.end();
    });
    std::vector<Pod> changed;
    for (const Pod& pod : present)
      if (std::ranges::none_of(before, [&](const Pod& old) { return row_key(old) == row_key(pod); }))
        changed.push_back(pod);
    if (!changed.empty()) TRY(say(print_pod_table(changed, now(), options)));
    before = std::move(present);
  }
}

Result<int> get_pods(const Call& call, const std::vector<std::string>& names) {
  const std::string format = call.arguments.value("output");
  TRY(check_format(format));
  PodWatch watch = TRY(PodWatch::create(call.place));
  Found found = TRY(find_pods(call, names));
  const bool is_list_format = format == "yaml" || format == "json";
  if (found.pods.empty() && names.empty() && !is_list_format) say_empty(call);
  if (!found.pods.empty() || (is_list_format && names.empty()))
    TRY(say(print_pods(call, found.pods, format, names.size() == 1)));
  if (!call.arguments.has("watch") || found.code != 0) return found.code;
  if (is_list_format || format == "name") return fail("--watch goes with the table only");
  TRY(watch_pods(call, names, watch, std::move(found.pods)));
  return 0;
}

Result<int> get_namespaces(const Call& call, const std::vector<std::string>& names) {
  std::vector<std::vector<std::string>> rows = {{"NAME", "STATUS"}};
  const std::vector<std::string> known = TRY(list_namespaces(call.place));
  for (const std::string& name : names)
    if (std::ranges::find(known, name) == known.end()) return fail(cat("namespaces \"", name, "\" not found"));
  for (const std::string& name : known)
    if (names.empty() || std::ranges::find(names, name) != names.end()) rows.push_back({name, "Active"});
  TRY(say(print_table(rows)));
  return 0;
}

}  // namespace

const std::span<const Option> kGetOptions = kGet;

Result<int> run_get(const Call& call) {
  const Resources resources = TRY(parse_resources(call.arguments.operands));
  if (resources.kind == Kind::ns) return get_namespaces(call, resources.names);
  if (resources.kind == Kind::event) return run_events(call);
  return get_pods(call, resources.names);
}

Result<int> run_describe(const Call& call) {
  const Resources resources = TRY(parse_resources(call.arguments.operands));
  if (resources.kind != Kind::pod) return fail("only pods are described");
  const Found found = TRY(find_pods(call, resources.names));
  if (found.pods.empty() && resources.names.empty()) say_empty(call);
  std::string text;
  for (const Pod& pod : found.pods) {
    const std::string dir = pod_dir(call.place, pod.metadata.ns, pod.metadata.name);
    text += cat(text.empty() ? "" : "\n\n", describe_pod(pod, TRY(read_events(dir)), now()));
  }
  TRY(say(text));
  return found.code;
}

}  // namespace kube
