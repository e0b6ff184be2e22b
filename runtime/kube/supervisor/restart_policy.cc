#include "runtime/kube/supervisor/restart_policy.h"

#include <algorithm>

#include "runtime/kube/api/containers.h"

namespace kube {
namespace {

bool matches(const ExitCodes& codes, int64_t exit_code) {
  const bool is_listed = std::ranges::find(codes.values, exit_code) != codes.values.end();
  return codes.op == "In" ? is_listed : !is_listed;
}

}  // namespace

Restart restart_after(const PodSpec& spec, const Container& container, int64_t exit_code) {
  if (role_of(spec, container) == Role::step && exit_code == 0) return Restart::none;
  for (const RestartRule& rule : container.restart_rules)
    if (rule.exit_codes && matches(*rule.exit_codes, exit_code))
      return rule.action == "RestartAllContainers" ? Restart::all : Restart::container;
  const std::string_view policy = restart_policy(spec, container);
  const bool is_again = policy == "Always" || (policy == "OnFailure" && exit_code != 0);
  return is_again ? Restart::container : Restart::none;
}

bool is_restarted(const PodSpec& spec, const Container& container, int64_t exit_code) {
  return restart_after(spec, container, exit_code) != Restart::none;
}

bool begins_anew(const Pod& pod) {
  return std::ranges::any_of(all_containers(pod.spec), [&](const Container* container) {
    const ContainerStatus* status = find_status(pod.status, container->name);
    return status && status->state.terminated &&
           restart_after(pod.spec, *container, status->state.terminated->exit_code) == Restart::all;
  });
}

}  // namespace kube
