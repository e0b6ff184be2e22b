#include "runtime/kube/api/containers.h"

#include <algorithm>

namespace kube {
namespace {

template <class Item, class Spec>
std::vector<Item*> list_all(Spec& spec) {
  std::vector<Item*> all;
  for (auto& container : spec.init_containers) all.push_back(&container);
  for (auto& container : spec.containers) all.push_back(&container);
  return all;
}

}  // namespace

bool is_sidecar(const Container& init_container) {
  return init_container.restart_policy == "Always";
}

Role role_of(const PodSpec& spec, const Container& container) {
  const auto& steps = spec.init_containers;
  if (std::ranges::find(steps, container.name, &Container::name) == steps.end()) return Role::main;
  return is_sidecar(container) ? Role::sidecar : Role::step;
}

std::vector<const Container*> all_containers(const PodSpec& spec) {
  return list_all<const Container>(spec);
}

std::vector<Container*> all_containers(PodSpec& spec) {
  return list_all<Container>(spec);
}

const Container* find_container(const PodSpec& spec, std::string_view name) {
  for (const Container* container : all_containers(spec))
    if (container->name == name) return container;
  return nullptr;
}

const ContainerStatus* find_status(const PodStatus& status, std::string_view name) {
  for (const auto* list : {&status.init_container_statuses, &status.container_statuses}) {
    const auto found = std::ranges::find(*list, name, &ContainerStatus::name);
    if (found != list->end()) return &*found;
  }
  return nullptr;
}

std::string_view restart_policy(const PodSpec& spec, const Container& container) {
  return container.restart_policy.empty() ? spec.restart_policy : container.restart_policy;
}

}  // namespace kube
