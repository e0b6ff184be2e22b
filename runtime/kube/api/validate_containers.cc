#include "runtime/kube/api/validate_containers.h"

#include "base/signals.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/validate_probes.h"

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

// A tcpSocket is not looked at: it fails when its time comes (core/v1, LifecycleHandler).
void check_handler(const PodSpec& spec, const LifecycleHandler& handler, const std::string& path, Checker& check) {
  const int count = handler.exec.has_value() + handler.http_get.has_value() + handler.tcp_socket.has_value() +
                    handler.sleep.has_value();
  if (count == 0) check.add(path, "Required value: must specify a handler type");
  if (count > 1) check.add(path, "Forbidden: may not specify more than 1 handler type");
  if (handler.exec) check_exec(*handler.exec, path + ".exec", check);
  if (handler.http_get) check_http_get(*handler.http_get, path + ".httpGet", check);
  const int64_t grace = grace_of(spec);
  if (handler.sleep && (handler.sleep->seconds < 0 || handler.sleep->seconds > grace))
    check.add(path + ".sleep", cat("Invalid value: ", handler.sleep->seconds,
                                   ": must be non-negative and less than terminationGracePeriodSeconds (", grace, ")"));
}

void check_lifecycle(const PodSpec& spec, const Container& container, const std::string& path, Checker& check) {
  const Lifecycle& lifecycle = *container.lifecycle;
  if (role_of(spec, container) == Role::step)
    check.forbid(path, "may not be set for init containers without restartPolicy=Always");
  if (lifecycle.post_start) check_handler(spec, *lifecycle.post_start, path + ".postStart", check);
  if (lifecycle.pre_stop) check_handler(spec, *lifecycle.pre_stop, path + ".preStop", check);
  const std::string& signal = lifecycle.stop_signal;
  if (signal.empty()) return;
  if (!spec.os) check.forbid(path + ".stopSignal", "may not be set for containers with empty `spec.os.name`");
  if (!signal.starts_with("SIG") || !parse_signal(signal))
    check.add(path + ".stopSignal",
              cat("Unsupported value: \"", signal, "\": a signal's name is wanted, as in SIGUSR1"));
}

}  // namespace

void check_life(const PodSpec& spec, const Container& container, const std::string& path, Checker& check) {
  if (container.lifecycle) check_lifecycle(spec, container, path + ".lifecycle", check);
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
