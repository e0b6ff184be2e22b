// The containers of a pod in the order in which they start: the steps of its initialization, then all others.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

// What a container is to its pod.
enum class Role {
  step,     // an init container that has to end well before the next one starts
  sidecar,  // an init container that goes on running beside those that follow it
  main,
};
Role role_of(const PodSpec& spec, const Container& container);
// Of one of the init containers.
bool is_sidecar(const Container& init_container);

std::vector<const Container*> all_containers(const PodSpec& spec);
std::vector<Container*> all_containers(PodSpec& spec);

// By name; null when there is none of that name (or no status yet).
const Container* find_container(const PodSpec& spec, std::string_view name);
const ContainerStatus* find_status(const PodStatus& status, std::string_view name);

std::vector<const ContainerStatus*> all_statuses(const PodStatus& status);
std::vector<ContainerStatus*> all_statuses(PodStatus& status);

// Whether the pod has run to its end: its phase is Succeeded or Failed.
bool is_finished(std::string_view phase);
bool is_finished(const PodStatus& status);
// Whether the pod has a place on the node, and takes up what it asks for.
bool holds_resources(const Pod& pod);

// The seconds that the pod's containers have to end by themselves (core/v1: 30).
int64_t grace_of(const PodSpec& spec);

// A container's id as a status shows it, "nacelle://ID", and the ID of a status.
std::string shown_id(std::string_view id);
std::string id_of(const ContainerStatus& status);

// The container's own restart policy, or the pod's.
std::string_view restart_policy(const PodSpec& spec, const Container& container);

}  // namespace kube
