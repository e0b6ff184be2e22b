// Profiles with many overlapping rules, against a plain reading of their meaning.
#include <doctest/doctest.h>
#include <linux/audit.h>
#include <sys/syscall.h>

#include <random>

#include "security/seccomp.h"
#include "tests/unit/sanitized.h"
#include "tests/unit/security/bpf_interpreter.h"
#include "tests/unit/security/seccomp_model.h"

using security::SeccompProfile;
using security::SeccompRule;

namespace {

using Random = std::mt19937;

size_t pick(Random& random, size_t count) {
  return std::uniform_int_distribution<size_t>(0, count - 1)(random);
}

constexpr uint64_t kValues[] = {0,          1,          2,           7,           8,           0x7fffffff,
                                0x80000000, 0xffffffff, 0x100000000, 0x100000001, 0x200000000, ~0ULL};

uint64_t random_value(Random& random) {
  return kValues[pick(random, std::size(kValues))];
}

SeccompRule random_rule(Random& random, const std::vector<std::string>& names) {
  constexpr const char* kOps[] = {"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",       "SCMP_CMP_EQ",
                                  "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"};
  constexpr const char* kActions[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_LOG", "SCMP_ACT_KILL",
                                      "SCMP_ACT_TRACE"};
  SeccompRule rule;
  rule.names = {names[pick(random, names.size())]};
  rule.action = kActions[pick(random, std::size(kActions))];
  if (rule.action == "SCMP_ACT_ERRNO") rule.errno_ret = static_cast<uint32_t>(1 + pick(random, 3));
  for (size_t n = pick(random, 12) == 0 ? 0 : 1 + pick(random, 4); n > 0; n--)
    rule.args.push_back({static_cast<unsigned>(pick(random, 6)), random_value(random), random_value(random),
                         kOps[pick(random, std::size(kOps))]});
  return rule;
}

}  // namespace

TEST_CASE("seccomp: random overlapping rules mean what they say") {
  const std::vector<std::string> names = {"read", "ioctl", "clone", "openat", "mount", "prctl"};
  const std::pair<uint32_t, uint32_t> numbers[] = {{SYS_read, 3},     {SYS_ioctl, 54}, {SYS_clone, 120},
                                                   {SYS_openat, 295}, {SYS_mount, 21}, {SYS_prctl, 172}};
  constexpr const char* kDefaults[] = {"SCMP_ACT_ERRNO", "SCMP_ACT_ALLOW", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_LOG"};
  Random random(42);
  for (int round = 0; round < (kSanitized ? 50 : 400); round++) {
    SeccompProfile profile;
    profile.default_action = kDefaults[pick(random, std::size(kDefaults))];
    profile.architectures = {"SCMP_ARCH_X86"};
    for (size_t n = 1 + pick(random, 30); n > 0; n--) profile.rules.push_back(random_rule(random, names));
    auto compiled = security::compile(profile);
    REQUIRE(compiled);
    for (int call = 0; call < 300; call++) {
      size_t which = pick(random, names.size());
      Args args(6);
      for (auto& arg : args) arg = random_value(random);
      CHECK(evaluate(compiled->filter, AUDIT_ARCH_X86_64, numbers[which].first, args) ==
            meaning(profile, names[which], args, true));
      CHECK(evaluate(compiled->filter, AUDIT_ARCH_I386, numbers[which].second, args) ==
            meaning(profile, names[which], args, false));
    }
  }
}
