#include <linux/seccomp.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "security/seccomp_rules.h"

namespace security {
namespace {

constexpr uint32_t kLargestErrno = 4095;  // MAX_ERRNO: the kernel cuts larger ones down to it
constexpr uint32_t kLargestTraceData = 0xffff;
constexpr unsigned kLargestIndex = 5;

Result<uint32_t> check_action(const std::string& field, const std::string& name, const std::string& errno_field,
                              std::optional<uint32_t> errno_ret) {
  auto action = parse_action(name);
  if (!action) return fail(cat(field, ": unknown action ", quoted(name)));
  if (!is_action_available(*action)) return fail(cat(field, ": this kernel has no action ", quoted(name)));
  if (!takes_errno(*action)) {
    if (errno_ret) return fail(cat(errno_field, ": the action ", quoted(name), " takes none"));
    return *action;
  }
  uint32_t largest = *action == SECCOMP_RET_ERRNO ? kLargestErrno : kLargestTraceData;
  uint32_t data = errno_ret.value_or(EPERM);
  if (data > largest) return fail(cat(errno_field, ": ", data, " is more than ", largest));
  return *action | data;
}

Result<Condition> check_arg(const std::string& field, const SeccompArg& arg) {
  if (arg.index > kLargestIndex)
    return fail(cat(field, ".index: ", arg.index, " is more than ", kLargestIndex, ", the last argument"));
  auto comparison = parse_comparison(arg.op);
  if (!comparison) return fail(cat(field, ".op: unknown operator ", quoted(arg.op)));
  Condition condition{.index = arg.index, .comparison = *comparison, .value = arg.value};
  if (*comparison == Comparison::masked_equal) {
    condition.mask = arg.value;
    condition.value = arg.value_two;
  }
  return condition;
}

// All conditions together, as a rule; but where one argument is tested twice, each by itself. The spec does not say;
// runc and crun do so, libseccomp having refused the first for long, and profiles are written for what they do.
std::vector<std::vector<Condition>> alternatives_of(std::vector<Condition> conditions) {
  if (conditions.empty()) return {};
  unsigned seen = 0;
  bool is_repeated = false;
  for (const auto& c : conditions) {
    is_repeated = is_repeated || (seen & 1U << c.index) != 0;
    seen |= 1U << c.index;
  }
  if (!is_repeated) return {std::move(conditions)};
  std::vector<std::vector<Condition>> alternatives;
  alternatives.reserve(conditions.size());
  for (const auto& c : conditions) alternatives.push_back({c});
  return alternatives;
}

Result<CheckedRule> check_rule(const std::string& field, const SeccompRule& rule) {
  CheckedRule checked{.names = &rule.names};
  if (rule.names.empty()) return fail(cat(field, ".names: no system call is named"));
  for (size_t i = 0; i < rule.names.size(); i++) {
    if (rule.names[i].empty()) return fail(cat(field, ".names[", i, "]: is empty"));
  }
  checked.action = TRY(check_action(field + ".action", rule.action, field + ".errnoRet", rule.errno_ret));
  std::vector<Condition> conditions;
  conditions.reserve(rule.args.size());
  for (size_t i = 0; i < rule.args.size(); i++)
    conditions.push_back(TRY(check_arg(cat(field, ".args[", i, "]"), rule.args[i])));
  checked.alternatives = alternatives_of(std::move(conditions));
  return checked;
}

Result<std::vector<Abi>> check_architectures(const std::vector<std::string>& names) {
  std::vector<Abi> abis = {native_abi()};
  for (size_t i = 0; i < names.size(); i++) {
    auto abi = parse_architecture(names[i]);
    if (!abi && is_architecture(names[i]))
      return fail(cat("linux.seccomp.architectures[", i, "]: libseccomp ", libseccomp_version(), " does not know ",
                      quoted(names[i])));
    if (!abi) return fail(cat("linux.seccomp.architectures[", i, "]: unknown architecture ", quoted(names[i])));
    if (std::ranges::find(abis, abi->token, &Abi::token) == abis.end()) abis.push_back(*abi);
  }
  return abis;
}

Result<uint32_t> check_flags(const std::vector<std::string>& names) {
  uint32_t flags = 0;
  for (size_t i = 0; i < names.size(); i++) {
    std::string field = cat("linux.seccomp.flags[", i, "]");
    auto flag = parse_flag(names[i]);
    if (!flag) return fail(cat(field, ": unknown flag ", quoted(names[i])));
    if (!is_flag_available(*flag)) return fail(cat(field, ": this kernel has no flag ", quoted(names[i])));
    flags |= *flag;
  }
  return flags;
}

// NOTIFY brings a listener with it, and changes which flags can be given together.
Result<> check_listener(const SeccompProfile& profile, CheckedProfile& checked) {
  if (checked.default_action == SECCOMP_RET_USER_NOTIF)
    return fail("linux.seccomp.defaultAction: SCMP_ACT_NOTIFY cannot be the default");
  if (profile.listener_path.empty() && !profile.listener_metadata.empty())
    return fail("linux.seccomp.listenerMetadata: needs linux.seccomp.listenerPath");
  checked.notifies =
      std::ranges::any_of(checked.rules, [](const CheckedRule& rule) { return rule.action == SECCOMP_RET_USER_NOTIF; });
  if (!checked.notifies) {
    // It is about waiting for an answer to a notification. The kernel refuses it without a listener.
    checked.flags &= ~static_cast<uint32_t>(SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    return {};
  }
  if (profile.listener_path.empty())
    return fail("linux.seccomp.listenerPath: is missing, and SCMP_ACT_NOTIFY needs it");
  checked.flags |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  // The one other thread that there is at that moment is to hand the listener over, unfiltered, and ends before the
  // exec.
  checked.flags &= ~static_cast<uint32_t>(SECCOMP_FILTER_FLAG_TSYNC);
  return {};
}

}  // namespace

Result<CheckedProfile> check_profile(const SeccompProfile& profile) {
  if (!has_seccomp_filters()) return fail("linux.seccomp: this kernel has no seccomp filters");
  if (profile.default_action.empty()) return fail("linux.seccomp.defaultAction: is missing");
  CheckedProfile checked;
  checked.default_action = TRY(check_action("linux.seccomp.defaultAction", profile.default_action,
                                            "linux.seccomp.defaultErrnoRet", profile.default_errno_ret));
  checked.abis = TRY(check_architectures(profile.architectures));
  checked.flags = TRY(check_flags(profile.flags));
  for (size_t i = 0; i < profile.rules.size(); i++)
    checked.rules.push_back(TRY(check_rule(cat("linux.seccomp.syscalls[", i, "]"), profile.rules[i])));
  TRY(check_listener(profile, checked));
  return checked;
}

}  // namespace security
