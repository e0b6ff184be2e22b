// The same profile through our generator and through libseccomp's, compared by what the two programs answer.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/descriptor.h"
#include "security/seccomp.h"
#include "security/seccomp_rules.h"
#include "security/syscall_numbers.h"
#include "tests/unit/sanitized.h"
#include "tests/unit/security/bpf_interpreter.h"
#include "tests/unit/security/seccomp_model.h"

using security::SeccompArg;
using security::SeccompProfile;
using security::SeccompRule;

namespace {

using Random = std::mt19937;

size_t pick(Random& random, size_t count) {
  return std::uniform_int_distribution<size_t>(0, count - 1)(random);
}

// libseccomp's program, made as runc makes it: rules that say what the default says are left out.
std::vector<sock_filter> reference(const SeccompProfile& profile) {
  auto checked = security::check_profile(profile);
  REQUIRE(checked);
  scmp_filter_ctx context = seccomp_init(checked->default_action);
  REQUIRE(seccomp_attr_set(context, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0);
  for (const auto& abi : checked->abis) {
    if (abi.token != seccomp_arch_native()) REQUIRE(seccomp_arch_add(context, abi.token) == 0);
  }
  for (size_t i = 0; i < profile.rules.size(); i++) {
    const auto& rule = checked->rules[i];
    if (rule.action == checked->default_action) continue;
    std::vector<scmp_arg_cmp> compares;
    for (const auto& arg : profile.rules[i].args) {
      auto op = static_cast<scmp_compare>(static_cast<int>(*security::parse_comparison(arg.op)) + SCMP_CMP_NE);
      compares.push_back({arg.index, op, arg.value, arg.value_two});
    }
    for (const auto& name : *rule.names) {
      int number = seccomp_syscall_resolve_name(name.c_str());
      if (number == __NR_SCMP_ERROR) continue;
      int added =
          seccomp_rule_add_array(context, rule.action, number, static_cast<unsigned>(compares.size()), compares.data());
      REQUIRE((added == 0 || added == -EEXIST));
    }
  }
  Fd file(memfd_create("filter", MFD_CLOEXEC));
  REQUIRE(seccomp_export_bpf(context, file.get()) == 0);
  std::vector<sock_filter> filter(static_cast<size_t>(lseek(file.get(), 0, SEEK_END)) / sizeof(sock_filter));
  REQUIRE(pread(file.get(), filter.data(), filter.size() * sizeof(sock_filter), 0) > 0);
  seccomp_release(context);
  return filter;
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (int i = 0; i < 460; i++) {
    for (uint32_t arch : {uint32_t{SCMP_ARCH_X86_64}, uint32_t{SCMP_ARCH_X86}}) {
      char* name = seccomp_syscall_resolve_num_arch(arch, i);
      if (name) names.emplace_back(name);
      free(name);
    }
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

// The ways of socketcall(2) and ipc(2), where we differ on purpose: see "a condition on socket is not got round".
bool is_multiplexed(const std::string& name) {
  auto found = security::find_syscall(*security::parse_architecture("SCMP_ARCH_X86"), name);
  return (found && found->multiplexer) || name == "socketcall" || name == "ipc";
}

constexpr uint64_t kValues[] = {0, 1, 2, 3, 8, 0x7e020000, 0xffffffff, 0x100000001, 0x80000000, ~0ULL};

std::vector<SeccompArg> random_args(Random& random) {
  constexpr const char* kOps[] = {"SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE",       "SCMP_CMP_EQ",
                                  "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"};
  std::vector<SeccompArg> args;
  for (unsigned index = 0; index < 6; index++) {
    if (pick(random, 3) != 0) continue;
    std::string op = kOps[pick(random, std::size(kOps))];
    uint64_t value = kValues[pick(random, std::size(kValues))];
    // A mask of 0 always holds, and libseccomp forgets that it was a condition.
    if (op == "SCMP_CMP_MASKED_EQ" && value == 0) value = 1;
    args.push_back({index, value, kValues[pick(random, std::size(kValues))], std::move(op)});
  }
  return args;
}

// With several conditional rules for one call, libseccomp 2.5.4 goes by an order of its own, and errs where it joins
// comparisons of one argument (a0 < 8 or a0 < 2^32+1 is false for 0xffffffff): so each call gets one at most here.
// seccomp_model_test.cc has the others.
SeccompProfile random_profile(Random& random, const std::vector<std::string>& names) {
  std::set<std::string> conditional;
  SeccompProfile profile;
  // No errno by default: runc adds ENOSYS for new calls outside of libseccomp, and so do we.
  constexpr const char* kDefaults[] = {"SCMP_ACT_KILL_PROCESS", "SCMP_ACT_ALLOW", "SCMP_ACT_TRAP"};
  constexpr const char* kActions[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_LOG", "SCMP_ACT_KILL",
                                      "SCMP_ACT_TRAP"};
  profile.default_action = kDefaults[pick(random, std::size(kDefaults))];
  if (pick(random, 2) == 0) profile.architectures.emplace_back("SCMP_ARCH_X86");
  if (pick(random, 2) == 0) profile.architectures.emplace_back("SCMP_ARCH_X32");
  if (pick(random, 3) == 0) profile.architectures.emplace_back("SCMP_ARCH_AARCH64");
  size_t count = 1 + pick(random, 40);
  for (size_t i = 0; i < count; i++) {
    SeccompRule rule;
    for (size_t n = 1 + pick(random, 8); n > 0; n--) rule.names.push_back(names[pick(random, names.size())]);
    if (pick(random, 3) == 0) rule.args = random_args(random);
    rule.action = kActions[pick(random, std::size(kActions))];
    if (!rule.args.empty())
      std::erase_if(rule.names, [&](const std::string& name) { return !conditional.insert(name).second; });
    if (rule.names.empty()) continue;
    profile.rules.push_back(std::move(rule));
  }
  return profile;
}

struct Comparison {
  const SeccompProfile& profile;
  const std::vector<sock_filter>&ours, &theirs;
  unsigned agreed = 0, disagreed = 0;
};

// The name of a number in the native ABI or in another one; empty for none.
std::string name_of(uint32_t token, uint32_t number) {
  char* found = seccomp_syscall_resolve_num_arch(token, static_cast<int>(number));
  std::string name = found ? found : "";
  free(found);
  return name;
}

// Where the programs differ, the plain meaning of the profile must be on our side: libseccomp 2.5.4 loses a
// condition now and then (a rule "a0 < 2^31" that it does not apply to 3).
void compare_at(Comparison& with, uint32_t token, uint32_t number, Random& random) {
  uint32_t arch = token == SCMP_ARCH_X32 ? SCMP_ARCH_X86_64 : token;
  for (int i = 0; i < 6; i++) {
    Args args(6);
    for (auto& arg : args) arg = kValues[pick(random, std::size(kValues))];
    uint32_t theirs = evaluate(with.theirs, arch, number, args), ours = evaluate(with.ours, arch, number, args);
    bool is_same = ours == theirs;
    (is_same ? with.agreed : with.disagreed)++;
    bool is_64bit = token == SCMP_ARCH_X86_64 || token == SCMP_ARCH_AARCH64;
    if (!is_same) CHECK(ours == meaning(with.profile, name_of(token, number), args, is_64bit));
  }
}

}  // namespace

TEST_CASE("seccomp: random profiles answer as libseccomp's programs do") {
  auto names = all_names();
  std::erase_if(names, is_multiplexed);
  REQUIRE(names.size() > 350);
  Random random(20261122);
  for (int round = 0; round < (kSanitized ? 20 : 150); round++) {
    CAPTURE(round);
    auto profile = random_profile(random, names);
    auto ours = security::compile(profile);
    REQUIRE_MESSAGE(ours, (ours ? "" : ours.error().text()));
    if (ours->filter.size() == 1) continue;  // all is allowed; libseccomp would still kill foreign architectures
    auto theirs = reference(profile);
    Comparison with{profile, ours->filter, theirs};
    for (uint32_t number = 0; number < 480; number += kSanitized ? 7 : 1) {
      compare_at(with, SCMP_ARCH_X86_64, number, random);
      compare_at(with, SCMP_ARCH_X86, number, random);
      compare_at(with, SCMP_ARCH_AARCH64, number, random);
      compare_at(with, SCMP_ARCH_X32, 0x40000000 + number, random);
    }
    for (uint32_t number : {600U, 0x3fffffffU, 0x40000220U, 0x80000000U, 0xfffffffeU, 0xffffffffU})
      compare_at(with, SCMP_ARCH_X86_64, number, random);
    compare_at(with, SCMP_ARCH_S390X, 3, random);
    CHECK(with.disagreed * 100 < with.agreed);
  }
}

TEST_CASE("seccomp: an allow-list opens socketcall and ipc as libseccomp does") {
  for (const auto& name : all_names()) {
    // libseccomp 2.5.4 forgets the multiplexer for calls that have no direct number.
    bool is_forgotten = name == "accept" || name == "semop" || name == "semtimedop";
    if (!is_multiplexed(name) || is_forgotten) continue;
    CAPTURE(name);
    SeccompProfile profile;
    profile.default_action = "SCMP_ACT_TRAP";
    profile.architectures = {"SCMP_ARCH_X86"};
    profile.rules = {{{name}, "SCMP_ACT_ALLOW", std::nullopt, {}}};
    auto ours = security::compile(profile);
    REQUIRE(ours);
    auto theirs = reference(profile);
    for (uint32_t number = 0; number < 480; number++) {
      // Only the multiplexers, socketcall and ipc, tell their ways apart by the first argument.
      const uint64_t calls = number == 102 || number == 117 ? 26 : 2;
      for (uint64_t call = 0; call < calls; call++) {
        CAPTURE(number);
        CAPTURE(call);
        uint32_t expected = evaluate(theirs, SCMP_ARCH_X86, number, {call});
        REQUIRE(evaluate(ours->filter, SCMP_ARCH_X86, number, {call}) == expected);
      }
    }
  }
}

TEST_CASE("seccomp: direct numbers of multiplexed calls are those of libseccomp's tables") {
  unsigned checked = 0;
  for (const auto& word : security::seccomp_architectures()) {
    auto abi = security::parse_architecture(word);
    REQUIRE(abi);
    for (const auto& name : all_names()) {
      auto found = security::find_syscall(*abi, name);
      REQUIRE(found);
      if (!found->direct || !found->multiplexer) continue;
      char* known = seccomp_syscall_resolve_num_arch(abi->token, static_cast<int>(*found->direct));
      CAPTURE(word);
      CAPTURE(name);
      CAPTURE(*found->direct);
      if (known) CHECK(name == known);
      checked += known != nullptr;
      free(known);
    }
  }
  CHECK(checked > 100);
}
