#include "runtime/kube/api/containers.h"

#include <algorithm>

#include "base/text.h"

namespace kube {
namespace {

template <class Item, class Spec>
std::vector<Item*> list_all(Spec& spec) {
  std::vector<Item*> all;
  for (auto& container : spec.init_containers) all.push_back(&container);
  for (auto& container : spec.containers) all.push_back(&container);
  return all;
}

template <class Item, class Status>
std::vector<Item*> list_statuses(Status& status) {
  std::vector<Item*> all;
  for (auto& one : status.init_container_statuses) all.push_back(&one);
  for (auto& one : status.container_statuses) all.push_back(&one);
  return all;
}

constexpr std::string_view kScheme = "nacelle://";

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
  for (const ContainerStatus* one : all_statuses(status))
    if (one->name == name) return one;
  return nullptr;
}

std::vector<const ContainerStatus*> all_statuses(const PodStatus& status) {
  return list_statuses<const ContainerStatus>(status);
}

std::vector<ContainerStatus*> all_statuses(PodStatus& status) {
  return list_statuses<ContainerStatus>(status);
}

bool is_finished(std::string_view phase) {
  return phase == "Succeeded" || phase == "Failed";
}

bool is_finished(const PodStatus& status) {
  return is_finished(status.phase);
}

bool holds_resources(const Pod& pod) {
  return !pod.status.container_statuses.empty() && !is_finished(pod.status);
}

int64_t grace_of(const PodSpec& spec) {
  return spec.termination_grace_period.value_or(30);
}

std::string shown_id(std::string_view id) {
  return cat(kScheme, id);
}

std::string id_of(const ContainerStatus& status) {
  return status.container_id.starts_with(kScheme) ? status.container_id.substr(kScheme.size()) : "";
}

std::string_view restart_policy(const PodSpec& spec, const Container& container) {
  return container.restart_policy.empty() ? spec.restart_policy : container.restart_policy;
}

}  // namespace kube
