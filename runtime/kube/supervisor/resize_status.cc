#include "runtime/kube/supervisor/resize_status.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/supervisor/status.h"

namespace kube {
namespace {

Node list_of(const std::vector<Container>& containers, bool is_init) {
  Node list{.kind = Node::Kind::sequence};
  for (const Container& container : containers)
    if (!is_init || is_sidecar(container))
      list.items.push_back(
          mapping_node({{"name", text_node(container.name)}, {"resources", encode(container.resources)}}));
  return list;
}

const PodCondition* find_condition(const PodStatus& status, std::string_view type) {
  const auto found = std::ranges::find(status.conditions, type, &PodCondition::type);
  return found == status.conditions.end() ? nullptr : &*found;
}

// Pending wins: what is under way then is an earlier wish.
void show_resize(PodStatus& status) {
  const PodCondition* pending = find_condition(status, kResizePending);
  status.resize = pending ? pending->reason : find_condition(status, kResizeInProgress) ? "InProgress" : "";
}

}  // namespace

std::string describe_resize(const PodSpec& spec, int64_t generation, const std::string& error) {
  std::vector<std::pair<std::string, Node>> members;
  if (Node sidecars = list_of(spec.init_containers, true); !sidecars.items.empty())
    members.emplace_back("initContainers", std::move(sidecars));
  members.emplace_back("containers", list_of(spec.containers, false));
  members.emplace_back("generation", encode(generation));
  if (!error.empty()) members.emplace_back("error", text_node(error));
  return emit_go_json(mapping_node(std::move(members)));
}

bool set_resize_condition(Pod& pod, std::string_view type, std::string_view reason, std::string_view message) {
  const PodCondition* present = find_condition(pod.status, type);
  const int64_t generation = pod.metadata.generation;
  if (present && present->reason == reason && present->message == message && present->observed_generation == generation)
    return false;
  set_condition(pod.status, type, true, reason, message, now());
  std::ranges::find(pod.status.conditions, type, &PodCondition::type)->observed_generation = generation;
  show_resize(pod.status);
  return true;
}

bool remove_resize_condition(PodStatus& status, std::string_view type) {
  const bool is_there =
      std::erase_if(status.conditions, [&](const PodCondition& one) { return one.type == type; }) != 0;
  const std::string before = status.resize;
  show_resize(status);
  return is_there || before != status.resize;
}

void show_allocated(PodStatus& status, const Allocation& allocation) {
  for (ContainerStatus* container : all_statuses(status))
    if (const ContainerAllocation* one = find_allocation(allocation, container->name))
      container->allocated_resources = one->allocated.requests;
}

}  // namespace kube
