// wait: for a condition, or for the end.
#include <strings.h>

#include <algorithm>
#include <optional>

#include "base/loop.h"
#include "base/text.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/verbs/duration.h"
#include "runtime/kube/verbs/resource.h"
#include "runtime/kube/verbs/verb.h"
#include "runtime/kube/verbs/watch.h"

namespace kube {
namespace {

constexpr Option kWait[] = {
    {"for", 0, "WHAT", "condition=NAME, condition=NAME=VALUE, delete, or jsonpath={.status.phase}=VALUE"},
    {"timeout", 0, "TIME", "wait no longer than this (default: 30s)"},
};

// What is waited for: the pod's end, a phase, or a condition.
struct Goal {
  bool is_end = false;
  std::string phase;
  std::string condition, value = "True";
};

Result<Goal> parse_goal(const std::string& text) {
  constexpr std::string_view kCondition = "condition=";
  constexpr std::string_view kPhases[] = {"jsonpath={.status.phase}=", "jsonpath='{.status.phase}'="};
  if (text == "delete") return Goal{.is_end = true};
  for (std::string_view prefix : kPhases)
    if (text.starts_with(prefix)) return Goal{.phase = text.substr(prefix.size())};
  if (!text.starts_with(kCondition))
    return fail(cat("--for: ", quoted(text), " is not supported"),
                "condition=NAME, delete or jsonpath={.status.phase}=VALUE");
  const std::string rest = text.substr(kCondition.size());
  const size_t equals = rest.find('=');
  Goal goal{.condition = rest.substr(0, equals)};
  if (equals != std::string::npos) goal.value = rest.substr(equals + 1);
  return goal;
}

bool is_reached(const Goal& goal, const Pod& pod) {
  if (!goal.phase.empty()) return pod.status.phase == goal.phase;
  return std::ranges::any_of(pod.status.conditions, [&](const PodCondition& condition) {
    return strcasecmp(condition.type.c_str(), goal.condition.c_str()) == 0 &&
           strcasecmp(condition.status.c_str(), goal.value.c_str()) == 0;
  });
}

// Whether the pod has got there by `deadline`, on the clock of monotonic_ms().
Result<bool> wait_for(const Call& call, const std::string& name, const Goal& goal, PodWatch& watch, int64_t deadline) {
  while (true) {
    const Result<Pod> pod = find_pod(call.place, call.ns, name);
    if (!pod && goal.is_end && is_not_found(pod.error())) return true;
    if (!pod) return std::unexpected(pod.error());
    if (!goal.is_end && is_reached(goal, *pod)) return true;
    const int64_t left = deadline - monotonic_ms();
    if (left <= 0) return false;
    TRY(watch.wait(static_cast<int>(std::min<int64_t>(left, INT32_MAX))));
  }
}

Result<std::vector<std::string>> pod_names(const std::vector<std::string>& operands) {
  if (operands[0] == "pod" || operands[0] == "pods" || operands[0] == "po") return parse_pod_names(operands);
  std::vector<std::string> names;
  for (const std::string& operand : operands) names.push_back(TRY(parse_pod_name(operand)));
  return names;
}

}  // namespace

const std::span<const Option> kWaitOptions = kWait;

Result<int> run_wait(const Call& call) {
  if (!call.arguments.has("for")) return fail("--for WHAT is missing", "--for=condition=Ready");
  const Goal goal = TRY(parse_goal(call.arguments.value("for")));
  const int64_t limit = TRY_IN("--timeout", parse_duration(call.arguments.value("timeout", "30s")));
  const int64_t deadline = monotonic_ms() + limit;
  PodWatch watch = TRY(PodWatch::create(call.place));
  for (const std::string& name : TRY(pod_names(call.arguments.operands))) {
    if (!TRY(wait_for(call, name, goal, watch, deadline)))
      return fail(cat("timed out waiting for the condition on pods/", name));
    TRY(say(cat("pod/", name, " condition met\n")));
  }
  return 0;
}

}  // namespace kube
