#include "tests/unit/security/seccomp_model.h"

#include <linux/seccomp.h>

#include <algorithm>
#include <optional>

#include "security/seccomp_names.h"

using security::SeccompArg;
using security::SeccompProfile;
using security::SeccompRule;

namespace {

bool holds(const SeccompArg& arg, const Args& args, bool is_64bit) {
  uint64_t width = is_64bit ? ~0ULL : 0xffffffffULL;
  uint64_t a = args[arg.index] & width, value = arg.value & width, second = arg.value_two & width;
  switch (*security::parse_comparison(arg.op)) {
    case security::Comparison::not_equal: return a != value;
    case security::Comparison::less: return a < value;
    case security::Comparison::less_equal: return a <= value;
    case security::Comparison::equal: return a == value;
    case security::Comparison::greater_equal: return a >= value;
    case security::Comparison::greater: return a > value;
    case security::Comparison::masked_equal: return (a & value) == (second & value);
  }
  return false;
}

bool holds(const SeccompRule& rule, const Args& args, bool is_64bit) {
  auto one = [&](const SeccompArg& arg) { return holds(arg, args, is_64bit); };
  bool is_repeated = false;
  for (size_t i = 0; i < rule.args.size(); i++) {
    for (size_t j = 0; j < i; j++) is_repeated = is_repeated || rule.args[i].index == rule.args[j].index;
  }
  return is_repeated ? std::ranges::any_of(rule.args, one) : std::ranges::all_of(rule.args, one);
}

}  // namespace

uint32_t meaning(const SeccompProfile& profile, const std::string& name, const Args& args, bool is_64bit) {
  auto action_of = [](const std::string& word, std::optional<uint32_t> number) {
    uint32_t action = *security::parse_action(word);
    return security::takes_errno(action) ? action | number.value_or(1) : action;
  };
  uint32_t otherwise = action_of(profile.default_action, profile.default_errno_ret);
  uint32_t chosen = otherwise;
  bool is_chosen = false;
  for (const auto& rule : profile.rules) {
    uint32_t action = action_of(rule.action, rule.errno_ret);
    if (action == otherwise || std::ranges::find(rule.names, name) == rule.names.end()) continue;
    if (rule.args.empty()) return action;
    bool is_stricter =
        static_cast<int32_t>(action & SECCOMP_RET_ACTION_FULL) < static_cast<int32_t>(chosen & SECCOMP_RET_ACTION_FULL);
    if (!holds(rule, args, is_64bit) || (is_chosen && !is_stricter)) continue;
    chosen = action;
    is_chosen = true;
  }
  return chosen;
}
