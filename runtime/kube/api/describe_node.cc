#include "runtime/kube/api/describe_node.h"

#include <set>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/page.h"
#include "runtime/kube/api/table.h"

namespace kube {
namespace {

void add_list(Page& page, std::string_view title, const ResourceList& list) {
  if (!list.empty()) page.add_title(0, title);
  for (const auto& [name, quantity] : list) page.add(1, name, print_quantity(quantity));
}

// "850m (42%)".
std::string share(const Quantity& part, const Quantity& whole) {
  const __int128 percent = whole.is_zero() ? 0 : part.nano * 100 / whole.nano;
  return cat(print_quantity(part), " (", static_cast<int64_t>(percent), "%)");
}

void add_pods(Page& page, const NodeObject& node, const std::vector<const Pod*>& pods, Time at) {
  page.add(0, "Non-terminated Pods", cat("(", pods.size(), " in total)"));
  page.add_row({"  Namespace", "Name", "CPU Requests", "CPU Limits", "Memory Requests", "Memory Limits", "Age"});
  page.add_row({"  ---------", "----", "------------", "----------", "---------------", "-------------", "---"});
  const ResourceList& all = node.status.allocatable;
  for (const Pod* pod : pods) {
    const ResourceList requests = pod_resources(pod->spec).requests, limits = pod_limits(pod->spec);
    const auto cell = [&](const ResourceList& list, const char* name) {
      return share(amount(list, name), amount(all, name));
    };
    page.add_row({"  " + pod->metadata.ns, pod->metadata.name, cell(requests, "cpu"), cell(limits, "cpu"),
                  cell(requests, "memory"), cell(limits, "memory"), print_age(pod->metadata.creation_time, at)});
  }
}

void add_allocated(Page& page, const NodeObject& node, const std::vector<const Pod*>& pods) {
  ResourceList requests, limits;
  for (const Pod* pod : pods) {
    add(requests, pod_resources(pod->spec).requests);
    add(limits, pod_limits(pod->spec));
  }
  page.add_title(0, "Allocated resources");
  page.add_text(1, "(Total limits may be over 100 percent, i.e., overcommitted.)");
  page.add_row({"  Resource", "Requests", "Limits"});
  page.add_row({"  --------", "--------", "------"});
  for (const auto& [name, whole] : node.status.allocatable) {
    // Of what is counted in whole numbers there are no shares.
    const bool is_counted = name.find('/') != name.npos;
    const Quantity request = amount(requests, name), limit = amount(limits, name);
    page.add_row({"  " + name, is_counted ? print_quantity(request) : share(request, whole),
                  is_counted ? print_quantity(limit) : share(limit, whole)});
  }
}

std::string or_dash(const ResourceList& list, const std::string& name) {
  const Quantity* found = find_amount(list, name);
  return found ? print_quantity(*found) : "-";
}

}  // namespace

std::string describe_node(const NodeObject& node, const std::vector<Pod>& pods, Time at) {
  std::vector<const Pod*> present;
  for (const Pod& pod : pods)
    if (holds_resources(pod)) present.push_back(&pod);
  Page page;
  page.add(0, "Name", node.metadata.name);
  page.add(0, "Roles", "<none>");
  page.add_labels(node.metadata.labels);
  page.add_annotations(node.metadata.annotations);
  page.add_title(0, "Conditions");
  page.add_row({"  Type", "Status", "Reason", "Message"});
  page.add_row({"  ----", "------", "------", "-------"});
  for (const NodeCondition& one : node.status.conditions)
    page.add_row({"  " + one.type, one.status, one.reason, one.message});
  page.add_title(0, "Addresses");
  for (const NodeAddress& one : node.status.addresses) page.add(1, one.type, one.address);
  add_list(page, "Capacity", node.status.capacity);
  add_list(page, "Allocatable", node.status.allocatable);
  page.add_title(0, "System Info");
  const NodeSystemInfo& info = node.status.info;
  page.add(1, "Kernel Version", info.kernel_version);
  page.add(1, "OS Image", info.os_image);
  page.add(1, "Operating System", info.operating_system);
  page.add(1, "Architecture", info.architecture);
  page.add(1, "Container Runtime Version", info.container_runtime_version);
  page.add(1, "Kubelet Version", info.kubelet_version);
  add_pods(page, node, present, at);
  add_allocated(page, node, present);
  page.add(0, "Events", "<none>");
  return page.text();
}

std::string describe_limit_range(const LimitRange& range) {
  std::vector<Row> rows = {
      {"Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio"},
      {"----", "--------", "---", "---", "---------------", "-------------", "-----------------------"}};
  for (const LimitRangeItem& item : range.spec.limits) {
    std::set<std::string> names;
    for (const ResourceList* list : {&item.min, &item.max, &item.default_request, &item.default_limit, &item.max_ratio})
      for (const auto& [name, quantity] : *list) names.insert(name);
    for (const std::string& name : names)
      rows.push_back({item.type, name, or_dash(item.min, name), or_dash(item.max, name),
                      or_dash(item.default_request, name), or_dash(item.default_limit, name),
                      or_dash(item.max_ratio, name)});
  }
  return cat("Name:       ", range.metadata.name, "\nNamespace:  ", range.metadata.ns, "\n", print_table(rows));
}

}  // namespace kube
