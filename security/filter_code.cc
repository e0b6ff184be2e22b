#include "security/filter_code.h"

#include <linux/seccomp.h>

#include <cstddef>
#include <iterator>
#include <span>

namespace security {
namespace {

using Code = std::vector<sock_filter>;

// Jumps count from the next instruction, so code can be put together from parts without fixing up what is inside.
constexpr size_t kLongestJump = 255;  // of a conditional jump: jt and jf are bytes

void append(Code& code, const Code& part) {
  code.insert(code.end(), part.begin(), part.end());
}

sock_filter load(size_t offset) {
  return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(offset));
}

sock_filter give(uint32_t action) {
  return BPF_STMT(BPF_RET | BPF_K, action);
}

// Where a jump goes when a condition is known to hold, or not to: resolved when the whole rule is laid out.
enum class Goal : uint8_t { next, holds, fails };

struct Test {
  sock_filter instruction;
  Goal if_true = Goal::next, if_false = Goal::next;  // for jumps
};

Test compare(uint16_t operation, uint32_t value, Goal if_true, Goal if_false) {
  return {BPF_JUMP(BPF_JMP | BPF_K | operation, value, 0, 0), if_true, if_false};
}

// The tests of the low word, which decide; A holds it.
void test_low(std::vector<Test>& tests, const Condition& c) {
  auto low = static_cast<uint32_t>(c.value);
  switch (c.comparison) {
    case Comparison::equal: return tests.push_back(compare(BPF_JEQ, low, Goal::holds, Goal::fails));
    case Comparison::not_equal: return tests.push_back(compare(BPF_JEQ, low, Goal::fails, Goal::holds));
    case Comparison::greater: return tests.push_back(compare(BPF_JGT, low, Goal::holds, Goal::fails));
    case Comparison::greater_equal: return tests.push_back(compare(BPF_JGE, low, Goal::holds, Goal::fails));
    case Comparison::less: return tests.push_back(compare(BPF_JGE, low, Goal::fails, Goal::holds));
    case Comparison::less_equal: return tests.push_back(compare(BPF_JGT, low, Goal::fails, Goal::holds));
    case Comparison::masked_equal:
      auto mask = static_cast<uint32_t>(c.mask);
      tests.push_back({BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask)});
      return tests.push_back(compare(BPF_JEQ, low & mask, Goal::holds, Goal::fails));
  }
}

// The tests of the high word, which decide unless it equals the value's; A holds it.
void test_high(std::vector<Test>& tests, const Condition& c) {
  auto high = static_cast<uint32_t>(c.value >> 32);
  auto mask = static_cast<uint32_t>(c.mask >> 32);
  switch (c.comparison) {
    case Comparison::equal: return tests.push_back(compare(BPF_JEQ, high, Goal::next, Goal::fails));
    case Comparison::not_equal: return tests.push_back(compare(BPF_JEQ, high, Goal::next, Goal::holds));
    case Comparison::greater:
    case Comparison::greater_equal:
      tests.push_back(compare(BPF_JGT, high, Goal::holds, Goal::next));
      return tests.push_back(compare(BPF_JEQ, high, Goal::next, Goal::fails));
    case Comparison::less:
    case Comparison::less_equal:
      tests.push_back(compare(BPF_JGT, high, Goal::fails, Goal::next));
      return tests.push_back(compare(BPF_JEQ, high, Goal::next, Goal::holds));
    case Comparison::masked_equal:
      tests.push_back({BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask)});
      return tests.push_back(compare(BPF_JEQ, high & mask, Goal::next, Goal::fails));
  }
}

std::vector<Test> test_condition(const Condition& c, bool is_big_endian) {
  size_t argument = offsetof(seccomp_data, args) + c.index * sizeof(uint64_t);
  std::vector<Test> tests;
  if (c.is_wide) {
    tests.push_back({load(argument + (is_big_endian ? 0 : 4))});
    test_high(tests, c);
  }
  tests.push_back({load(argument + (is_big_endian ? 4 : 0))});
  test_low(tests, c);
  return tests;
}

// The condition with its jumps resolved: on to its end when it holds, `skip` instructions beyond that when not.
Code lay_out(const std::vector<Test>& tests, size_t skip) {
  Code code;
  for (size_t i = 0; i < tests.size(); i++) {
    size_t to_end = tests.size() - i - 1;
    auto distance = [&](Goal goal) {
      return static_cast<uint8_t>(goal == Goal::next ? 0 : goal == Goal::holds ? to_end : to_end + skip);
    };
    code.push_back(tests[i].instruction);
    code.back().jt = distance(tests[i].if_true);
    code.back().jf = distance(tests[i].if_false);
  }
  return code;
}

// A rule of at most 6 conditions of at most 7 instructions: every jump fits in a byte.
Code generate_rule(const ConditionalAction& rule, bool is_big_endian) {
  Code code = {give(rule.action)};
  for (auto c = rule.conditions.rbegin(); c != rule.conditions.rend(); ++c) {
    Code whole = lay_out(test_condition(*c, is_big_endian), code.size());
    append(whole, code);
    code = std::move(whole);
  }
  return code;
}

Code generate_decision(const Decision& decision, bool is_big_endian) {
  Code code;
  for (const auto& rule : decision.conditional) append(code, generate_rule(rule, is_big_endian));
  code.push_back(give(decision.otherwise));
  return code;
}

// A holds the number of the call.
Code generate_search(std::span<const Interval> intervals, bool is_big_endian) {
  if (intervals.size() == 1) return generate_decision(intervals[0].decision, is_big_endian);
  size_t middle = intervals.size() / 2;
  Code below = generate_search(intervals.first(middle), is_big_endian);
  Code from = generate_search(intervals.subspan(middle), is_big_endian);
  Code code;
  uint32_t number = intervals[middle].first;
  if (below.size() <= kLongestJump) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, number, static_cast<uint8_t>(below.size()), 0));
  } else {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, number, 0, 1));
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JA, static_cast<uint32_t>(below.size()), 0, 0));
  }
  append(code, below);
  append(code, from);
  return code;
}

}  // namespace

std::vector<sock_filter> generate_filter(const std::vector<ArchitectureRules>& architectures, uint32_t foreign_action) {
  Code code = {load(offsetof(seccomp_data, arch))};
  for (const auto& architecture : architectures) {
    Code search = {load(offsetof(seccomp_data, nr))};
    append(search, generate_search(architecture.intervals, architecture.is_big_endian));
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture.audit_arch, 1, 0));
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JA, static_cast<uint32_t>(search.size()), 0, 0));
    append(code, search);
  }
  code.push_back(give(foreign_action));
  return code;
}

}  // namespace security
