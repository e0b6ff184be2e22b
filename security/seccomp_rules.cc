#include "security/seccomp_rules.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>

#include <algorithm>
#include <cerrno>
#include <span>

#include "base/log.h"
#include "base/text.h"
#include "security/syscall_numbers.h"

namespace security {
namespace {

constexpr uint32_t kX32Bit = 0x40000000;
constexpr uint32_t kNoCall = 0xffffffff;  // -1: what a tracer puts in place of a call that is to be skipped

// A rule at one number.
struct NumberedRule {
  uint32_t number = 0;
  const CheckedRule* rule = nullptr;
  std::optional<Condition> subcall;  // when the number is that of a multiplexer
};

// Kernel order (seccomp(2), "return values"): the lower, as a signed number, is the more restrictive.
int32_t freedom(uint32_t action) {
  return static_cast<int32_t>(action & SECCOMP_RET_ACTION_FULL);
}

// A multiplexer's arguments lie in memory, where no filter can look. A rule that loosens under conditions is then not
// applied at all: socketcall(2) would be the way round them (CVE-2026-31431: AF_ALG shut off in socket(2) alone). One
// that tightens is applied whatever the arguments are.
bool applies_to_multiplexer(const CheckedRule& rule, uint32_t default_action) {
  return rule.alternatives.empty() || freedom(rule.action) <= freedom(default_action);
}

std::vector<NumberedRule> number_rules(const CheckedProfile& profile, const Abi& abi) {
  std::vector<NumberedRule> numbered;
  for (const auto& rule : profile.rules) {
    for (const auto& name : *rule.names) {
      auto found = find_syscall(abi, name);
      if (!found && is_debug()) log_debug(cat("linux.seccomp: leaving out unknown system call ", quoted(name)));
      if (!found) continue;
      if (found->direct) numbered.push_back({*found->direct, &rule, std::nullopt});
      if (!found->multiplexer || !applies_to_multiplexer(rule, profile.default_action)) continue;
      Condition subcall{.index = 0,
                        .comparison = Comparison::masked_equal,
                        .value = found->subcall,
                        .mask = found->subcall_mask,
                        .is_wide = false};
      numbered.push_back({*found->multiplexer, &rule, subcall});
    }
  }
  // Stable: rules for the same number stay in the order of the profile.
  std::ranges::stable_sort(numbered, {}, &NumberedRule::number);
  return numbered;
}

// The first rule without conditions settles a call, whatever else is said about it, before or after: libseccomp's law,
// which profiles count on. A rule that says what the default says anyway is passed over, as runc and crun do.
const CheckedRule* find_unconditional(std::span<const NumberedRule> rules, uint32_t default_action) {
  for (const auto& [number, rule, subcall] : rules) {
    if (!subcall && rule->alternatives.empty() && rule->action != default_action) return rule;
  }
  return nullptr;
}

// Everything that is said about one number. Where several conditions hold, the most restrictive action wins, as between
// the filters of one process; libseccomp picks by an order of its own, so nobody can count on more.
Decision decide(std::span<const NumberedRule> rules, const Abi& abi, uint32_t default_action) {
  if (const auto* rule = find_unconditional(rules, default_action))
    return {.conditional = {}, .otherwise = rule->action};
  Decision decision{.conditional = {}, .otherwise = default_action};
  for (const auto& [number, rule, subcall] : rules) {
    if (rule->action == default_action) continue;
    if (subcall) {
      decision.conditional.push_back({{*subcall}, rule->action});
      continue;
    }
    for (auto conditions : rule->alternatives) {
      for (auto& condition : conditions) condition.is_wide = abi.is_64bit;
      decision.conditional.push_back({std::move(conditions), rule->action});
    }
  }
  std::ranges::stable_sort(decision.conditional, {}, [](const auto& c) { return freedom(c.action); });
  return decision;
}

// The largest number that the profile's author can have thought of. What is above gives ENOSYS in place of another
// errno, as on the older kernel that the profile was written for: C libraries try the newest call first and go back to
// an older one on ENOSYS alone. rseq (Linux 4.18) is the least: a profile that names three old calls means its errno
// for all the calls of its time.
uint32_t newest_thought_of(const CheckedProfile& profile, const Abi& abi, std::span<const NumberedRule> rules) {
  constexpr uint32_t kArmPrivate = 0x0f0000;  // cacheflush, set_tls and others: high numbers, but old
  if ((profile.default_action & SECCOMP_RET_ACTION_FULL) != SECCOMP_RET_ERRNO) return kNoCall;
  uint32_t newest = 0;
  if (auto rseq = find_syscall(abi, "rseq"); rseq && rseq->direct) newest = *rseq->direct;
  bool is_arm = abi.token == SCMP_ARCH_ARM;
  for (const auto& rule : rules) {
    if (!is_arm || rule.number < kArmPrivate) newest = std::max(newest, rule.number);
  }
  return newest;
}

// Builds the list of intervals from its start on; neighbours that decide the same become one.
class IntervalList {
 public:
  void add(uint32_t first, Decision decision) {
    if (!list_.empty() && list_.back().first == first) list_.pop_back();
    bool is_constant = decision.conditional.empty();
    if (!list_.empty() && is_constant && list_.back().decision.conditional.empty() &&
        list_.back().decision.otherwise == decision.otherwise)
      return;
    list_.push_back({first, std::move(decision)});
  }
  void add(uint32_t first, uint32_t action) { add(first, Decision{.conditional = {}, .otherwise = action}); }
  std::vector<Interval> take() { return std::move(list_); }

 private:
  std::vector<Interval> list_;
};

// The numbers of one ABI, from `first` on.
void add_abi(IntervalList& intervals, const CheckedProfile& profile, const Abi& abi, uint32_t first) {
  auto rules = number_rules(profile, abi);
  uint32_t newest = newest_thought_of(profile, abi, rules);
  auto unnamed = [&](uint32_t number) {
    return number > newest ? SECCOMP_RET_ERRNO | static_cast<uint32_t>(ENOSYS) : profile.default_action;
  };
  intervals.add(first, unnamed(first));
  bool is_newest_passed = newest == kNoCall;
  for (size_t i = 0, end = 0; i < rules.size(); i = end) {
    uint32_t number = rules[i].number;
    while (end < rules.size() && rules[end].number == number) end++;
    if (number > newest && !is_newest_passed) intervals.add(newest + 1, unnamed(newest + 1));
    is_newest_passed = is_newest_passed || number > newest;
    intervals.add(number, decide(std::span(rules).subspan(i, end - i), abi, profile.default_action));
    intervals.add(number + 1, unnamed(number + 1));
  }
  if (!is_newest_passed) intervals.add(newest + 1, unnamed(newest + 1));
}

const Abi* find_abi(const CheckedProfile& profile, uint32_t token) {
  auto found = std::ranges::find(profile.abis, token, &Abi::token);
  return found == profile.abis.end() ? nullptr : &*found;
}

// x86-64 and x32 come under one seccomp_data.arch and are told apart by a bit of the number.
std::vector<Interval> resolve_x86_64(const CheckedProfile& profile, uint32_t foreign_action) {
  IntervalList intervals;
  if (const Abi* abi = find_abi(profile, SCMP_ARCH_X86_64))
    add_abi(intervals, profile, *abi, 0);
  else
    intervals.add(0, foreign_action);
  if (const Abi* abi = find_abi(profile, SCMP_ARCH_X32)) {
    add_abi(intervals, profile, *abi, kX32Bit);
  } else {
    intervals.add(kX32Bit, foreign_action);
    intervals.add(kNoCall, profile.default_action);
  }
  return intervals.take();
}

}  // namespace

std::vector<ArchitectureRules> resolve_rules(const CheckedProfile& profile, uint32_t foreign_action) {
  std::vector<ArchitectureRules> architectures;
  for (const auto& abi : profile.abis) {
    if (std::ranges::find(architectures, abi.audit_arch, &ArchitectureRules::audit_arch) != architectures.end())
      continue;
    ArchitectureRules rules{.audit_arch = abi.audit_arch, .is_big_endian = abi.is_big_endian, .intervals = {}};
    if (abi.audit_arch == AUDIT_ARCH_X86_64) {
      rules.intervals = resolve_x86_64(profile, foreign_action);
    } else {
      IntervalList intervals;
      add_abi(intervals, profile, abi, 0);
      rules.intervals = intervals.take();
    }
    architectures.push_back(std::move(rules));
  }
  return architectures;
}

}  // namespace security
