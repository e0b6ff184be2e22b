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

bool is_restarted(const PodSpec& spec, const Container& container, int64_t exit_code) {
  if (role_of(spec, container) == Role::step && exit_code == 0) return false;
  for (const RestartRule& rule : container.restart_rules)
    if (rule.exit_codes && matches(*rule.exit_codes, exit_code)) return true;  // Restart is the one action
  const std::string_view policy = restart_policy(spec, container);
  return policy == "Always" || (policy == "OnFailure" && exit_code != 0);
}

}  // namespace kube
