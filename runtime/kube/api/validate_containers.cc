#include "runtime/kube/api/validate_containers.h"

#include "base/text.h"

namespace kube {
namespace {

constexpr size_t kMostRules = 20, kMostExitCodes = 255;

void check_rule(const RestartRule& rule, const std::string& path, Checker& check) {
  check.require(path + ".action", rule.action);
  if (!rule.exit_codes) return check.add(path + ".exitCodes", "Required value: must be specified");
  check.require(path + ".exitCodes.operator", rule.exit_codes->op);
  if (rule.exit_codes->values.size() > kMostExitCodes)
    check.add(path + ".exitCodes.values",
              cat("Too many: ", rule.exit_codes->values.size(), ": must have at most ", kMostExitCodes, " items"));
}

}  // namespace

void check_life(const Container& container, const std::string& path, Checker& check) {
  const std::vector<RestartRule>& rules = container.restart_rules;
  if (container.restart_policy.empty() && !rules.empty())
    check.add(path + ".restartPolicy", "Required value: must specify restartPolicy when restart rules are used");
  if (rules.size() > kMostRules)
    check.add(path + ".restartPolicyRules",
              cat("Too many: ", rules.size(), ": must have at most ", kMostRules, " items"));
  for (size_t i = 0; i < rules.size(); i++) check_rule(rules[i], indexed(path + ".restartPolicyRules", i), check);
}

void check_life(const PodSpec& spec, Checker& check) {
  constexpr int64_t kMost = INT32_MAX;
  if (spec.active_deadline && (*spec.active_deadline < 1 || *spec.active_deadline > kMost))
    check.add("spec.activeDeadlineSeconds",
              cat("Invalid value: ", *spec.active_deadline, ": must be between 1 and ", kMost, ", inclusive"));
}

}  // namespace kube
