// get and describe.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "runtime/kube/api/describe.h"
#include "runtime/kube/api/describe_node.h"
#include "runtime/kube/api/object_table.h"
#include "runtime/kube/api/selector.h"
#include "runtime/kube/state/event_log.h"
#include "runtime/kube/state/lookup.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/storage/claims.h"
#include "runtime/kube/verbs/output.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/token.h"
#include "runtime/kube/verbs/verb.h"
#include "runtime/kube/verbs/watch.h"

namespace kube {
namespace {

constexpr Option kGet[] = {{"output", 'o', "FORMAT", "wide, yaml, json, name or jsonpath=TEMPLATE"},
                           kEverywhereOption,
                           kSelectorOption,
                           {"watch", 'w', "", "go on, and show a line for each change"},
                           {"no-headers", 0, "", "without the line of headers"},
                           {"raw", 0, "PATH", "/.well-known/openid-configuration or /openid/v1/jwks"}};
constexpr Option kDescribe[] = {kEverywhereOption, kSelectorOption};

// The objects of one kind.
struct Found {
  const KindNames* kind = nullptr;
  std::vector<Object> objects;
};

// Those that are named, in that order, or all that are selected. `code` becomes 1 when a name was not found.
Result<Found> find_group(const Call& call, const Resources& resources, int& code) {
  Found found{resources.kind, {}};
  const Selector selector = TRY(parse_selector(call.arguments.value("selector")));
  if (resources.names.empty()) {
    found.objects = TRY(find_objects(call.place, *resources.kind, call.listed_ns()));
    std::erase_if(found.objects, [&](const Object& one) { return !is_selected(selector, metadata_of(one).labels); });
    return found;
  }
  if (!selector.empty()) return fail("name cannot be provided when a selector is specified");
  for (const std::string& name : resources.names) {
    Result<Object> object = find_object(call.place, *resources.kind, call.ns, name);
    if (object) {
      found.objects.push_back(*std::move(object));
    } else {
      remark(cat("error: ", object.error().text()));
      code = 1;
    }
  }
  return found;
}

Result<std::vector<Found>> find_groups(const Call& call, const std::vector<Resources>& groups, int& code) {
  std::vector<Found> found;
  for (const Resources& resources : groups) found.push_back(TRY(find_group(call, resources, code)));
  return found;
}

size_t count_names(const std::vector<Resources>& groups) {
  size_t count = 0;
  for (const Resources& resources : groups) count += resources.names.size();
  return count;
}

void say_empty(const Call& call, const std::vector<Resources>& groups) {
  const std::string ns = call.listed_ns();
  const bool has_namespace = std::ranges::any_of(groups, [](const Resources& r) { return r.kind->has_namespace; });
  remark(ns.empty() || !has_namespace ? "No resources found" : cat("No resources found in ", ns, " namespace."));
}

std::vector<Pod> pods_in(const std::vector<Object>& objects) {
  std::vector<Pod> pods;
  for (const Object& object : objects)
    if (const Pod* pod = std::get_if<Pod>(&object)) pods.push_back(*pod);
  return pods;
}

TableOptions table_options(const Call& call) {
  return {.wide = call.arguments.value("output") == "wide",
          .namespaces = call.arguments.has("all-namespaces"),
          .headers = !call.arguments.has("no-headers")};
}

std::string print_tables(const Call& call, const std::vector<Found>& groups) {
  std::string text;
  for (const Found& found : groups) {
    if (found.objects.empty()) continue;
    if (!text.empty()) text += "\n";
    const bool is_pods = found.kind == &KindOf<Pod>::names;
    text += is_pods ? print_pod_table(pods_in(found.objects), now(), table_options(call))
                    : print_object_table(found.objects, now(), table_options(call), groups.size() > 1);
  }
  return text;
}

// What makes a new line of `get -w`: any change of it but that time goes by.
std::string row_key(const Pod& pod, const TableOptions& options) {
  return cat(pod.metadata.uid, " ", print_pod_table({pod}, pod.metadata.creation_time, options));
}

// Lines that the present has and the past had not.
Result<> watch_pods(const Call& call, const std::vector<std::string>& names, PodWatch& watch,
                    const std::vector<Pod>& first) {
  TableOptions options = table_options(call);
  options.headers = false;
  const Selector selector = TRY(parse_selector(call.arguments.value("selector")));
  std::set<std::string> before;
  for (const Pod& pod : first) before.insert(row_key(pod, options));
  while (true) {
    TRY(watch.wait(-1));
    std::vector<Pod> present = TRY(list_pods(call.place, call.listed_ns()));
    std::erase_if(present, [&](const Pod& pod) {
      const bool is_named = names.empty() || std::ranges::find(names, pod.metadata.name) != names.end();
      return !is_named || !is_selected(selector, pod.metadata.labels);
    });
    std::set<std::string> keys;
    std::erase_if(present, [&](const Pod& pod) { return before.contains(*keys.insert(row_key(pod, options)).first); });
    if (!present.empty()) TRY(say(print_pod_table(present, now(), options)));
    before = std::move(keys);
  }
}

Result<int> get_objects(const Call& call, const std::vector<Resources>& groups) {
  const Output output = TRY(parse_output(call.arguments.value("output")));
  const bool is_watched = call.arguments.has("watch");
  if (is_watched && !output.is_table()) return fail("--watch goes with the table only");
  if (is_watched && (groups.size() != 1 || groups[0].kind != &KindOf<Pod>::names))
    return fail("--watch goes with pods only");
  // Made before they are read, so that no change falls in between.
  std::optional<PodWatch> watch;
  if (is_watched) watch = TRY(PodWatch::create(call.place));
  int code = 0;
  const std::vector<Found> found = TRY(find_groups(call, groups, code));
  std::vector<Object> objects;
  for (const Found& group : found) objects.insert(objects.end(), group.objects.begin(), group.objects.end());
  const bool is_named = count_names(groups) > 0;
  if (objects.empty() && !is_named && !output.is_list()) say_empty(call, groups);
  if (output.is_table())
    TRY(say(print_tables(call, found)));
  else if (!objects.empty() || !is_named)
    TRY(say(TRY(print_objects(objects, output, count_names(groups) == 1))));
  if (is_watched && code == 0) TRY(watch_pods(call, groups[0].names, *watch, pods_in(objects)));
  return code;
}

// The pods that name the claim.
Result<std::vector<std::string>> users_of(const Call& call, const Object& object) {
  std::vector<std::string> users;
  if (!std::holds_alternative<PersistentVolumeClaim>(object)) return users;
  for (const Pod& pod : TRY(list_pods(call.place, metadata_of(object).ns))) {
    const std::vector<std::string> claims = claims_of(pod);
    if (std::ranges::find(claims, metadata_of(object).name) != claims.end()) users.push_back(pod.metadata.name);
  }
  return users;
}

Result<std::string> describe_any(const Call& call, const Object& object) {
  if (const Pod* pod = std::get_if<Pod>(&object)) {
    const std::string dir = pod_dir(call.place, pod->metadata.ns, pod->metadata.name);
    return describe_pod(*pod, TRY(read_events(dir)), now());
  }
  if (const auto* node = std::get_if<NodeObject>(&object))
    return describe_node(*node, TRY(list_pods(call.place, "")), now());
  return describe_object(object, TRY(users_of(call, object)));
}

}  // namespace

const std::span<const Option> kGetOptions = kGet, kDescribeOptions = kDescribe;

Result<int> run_get(const Call& call) {
  if (call.arguments.has("raw")) return get_raw(call);
  const std::vector<Resources> groups = TRY(parse_resources(call.arguments.operands));
  if (groups.size() == 1 && groups[0].kind == &KindOf<Event>::names) return run_events(call);
  return get_objects(call, groups);
}

Result<int> run_describe(const Call& call) {
  const std::vector<Resources> groups = TRY(parse_resources(call.arguments.operands));
  int code = 0;
  std::string text;
  for (const Found& found : TRY(find_groups(call, groups, code)))
    for (const Object& object : found.objects) text += cat(text.empty() ? "" : "\n\n", TRY(describe_any(call, object)));
  if (text.empty() && count_names(groups) == 0) say_empty(call, groups);
  TRY(say(text));
  return code;
}

}  // namespace kube
