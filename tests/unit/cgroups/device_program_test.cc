#include <doctest/doctest.h>

#include "cgroups/plan.h"
#include "tests/unit/sanitized.h"

namespace {

using cgroups::DeviceRule;

constexpr uint32_t kRead = BPF_DEVCG_ACC_READ, kWrite = BPF_DEVCG_ACC_WRITE, kMake = BPF_DEVCG_ACC_MKNOD;

struct Request {
  char type;
  uint32_t major, minor, access;
};

// The few instructions that the compiler emits, as the kernel runs them. -1: not a valid program.
struct Machine {
  uint64_t registers[11] = {};

  uint64_t operand(const bpf_insn& at) const {
    return BPF_SRC(at.code) == BPF_X ? registers[at.src_reg] : static_cast<uint64_t>(static_cast<int64_t>(at.imm));
  }

  bool calculate(const bpf_insn& at) {
    uint64_t& target = registers[at.dst_reg];
    switch (BPF_OP(at.code)) {
      case BPF_MOV: target = operand(at); return true;
      case BPF_AND: target &= operand(at); return true;
      case BPF_RSH: target >>= operand(at); return true;
      case BPF_LSH: target <<= operand(at); return true;
      default: return false;
    }
  }

  bool jumps(const bpf_insn& at) const {
    uint64_t left = registers[at.dst_reg], right = operand(at);
    if (BPF_CLASS(at.code) == BPF_JMP32) left = static_cast<uint32_t>(left), right = static_cast<uint32_t>(right);
    switch (BPF_OP(at.code)) {
      case BPF_JA: return true;
      case BPF_JNE: return left != right;
      case BPF_JEQ: return left == right;
      case BPF_JGT: return left > right;
      case BPF_JSET: return (left & right) != 0;
      default: FAIL("unknown jump"); return false;
    }
  }

  int run(const std::vector<bpf_insn>& program, const bpf_cgroup_dev_ctx& context) {
    const uint32_t words[] = {context.access_type, context.major, context.minor};
    for (size_t next = 0; next < program.size();) {
      const bpf_insn& at = program[next++];
      switch (BPF_CLASS(at.code)) {
        case BPF_LDX: registers[at.dst_reg] = words[at.off / 4]; break;
        case BPF_ALU64:
          if (!calculate(at)) return -1;
          break;
        case BPF_JMP:
        case BPF_JMP32:
          if (BPF_OP(at.code) == BPF_EXIT) return static_cast<int>(registers[0]);
          if (at.off < 0) return -1;
          if (jumps(at)) next += static_cast<size_t>(at.off);
          break;
        default: return -1;
      }
    }
    return -1;
  }
};

bool allowed(const std::vector<DeviceRule>& rules, Request request) {
  auto program = cgroups::compile_device_program(rules);
  if (program.empty()) return true;
  uint32_t type = request.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR;
  int verdict = Machine{}.run(program, {request.access << 16 | type, request.major, request.minor});
  REQUIRE((verdict == 0 || verdict == 1));
  return verdict == 1;
}

// The meaning of the list, said in another way: each kind of access is decided by the last rule that speaks of it.
bool expected(const std::vector<DeviceRule>& rules, Request request) {
  for (uint32_t access : {kRead, kWrite, kMake}) {
    if (!(request.access & access)) continue;
    bool verdict = false;
    for (const DeviceRule& rule : rules) {
      bool device = (rule.type == 'a' || rule.type == request.type) &&
                    rule.major.value_or(request.major) == request.major &&
                    rule.minor.value_or(request.minor) == request.minor;
      bool speaks = access == kRead ? rule.read : access == kWrite ? rule.write : rule.make;
      if (device && speaks) verdict = rule.allow;
    }
    if (!verdict) return false;
  }
  return true;
}

const DeviceRule kDenyAll{.allow = false}, kAllowAll{.allow = true};

}  // namespace

TEST_CASE("devices: everything is denied at first, and all allowed needs no program") {
  CHECK(!allowed({kDenyAll}, {'c', 1, 3, kRead}));
  CHECK(!allowed({{.allow = true, .type = 'c', .major = 1, .minor = 3}}, {'c', 1, 5, kRead}));
  CHECK(cgroups::compile_device_program({kAllowAll}).empty());
  CHECK(cgroups::compile_device_program({kDenyAll, kAllowAll, {.allow = true, .type = 'c', .major = 1}}).empty());
  CHECK(!cgroups::compile_device_program({kAllowAll, {.allow = false, .type = 'b'}}).empty());
}

TEST_CASE("devices: the last rule that matches decides") {
  std::vector<DeviceRule> rules{
      kDenyAll, {.allow = true, .type = 'c', .major = 10}, {.type = 'c', .major = 10, .minor = 200}};
  CHECK(allowed(rules, {'c', 10, 229, kRead | kWrite}));
  CHECK(!allowed(rules, {'c', 10, 200, kRead}));
  CHECK(!allowed(rules, {'b', 10, 229, kRead}));
  rules.push_back({.allow = true, .type = 'c', .major = 10, .minor = 200, .write = false, .make = false});
  CHECK(allowed(rules, {'c', 10, 200, kRead}));
  CHECK(!allowed(rules, {'c', 10, 200, kRead | kWrite}));
}

TEST_CASE("devices: rules for different kinds of access add up") {
  std::vector<DeviceRule> rules{{.allow = true, .type = 'b', .major = 8, .write = false, .make = false},
                                {.allow = true, .type = 'b', .major = 8, .read = false, .make = false}};
  CHECK(allowed(rules, {'b', 8, 0, kRead | kWrite}));
  CHECK(!allowed(rules, {'b', 8, 0, kRead | kMake}));
  rules.push_back({.type = 'b', .major = 8, .minor = 1, .read = false, .make = false});
  CHECK(allowed(rules, {'b', 8, 1, kRead}));
  CHECK(!allowed(rules, {'b', 8, 1, kRead | kWrite}));
}

TEST_CASE("devices: the default rules give the default devices and mknod of anything") {
  std::vector<DeviceRule> rules{kDenyAll};
  for (const DeviceRule& rule : cgroups::default_device_rules()) rules.push_back(rule);
  for (Request node : {Request{'c', 1, 3, 0},
                       {'c', 1, 5, 0},
                       {'c', 1, 7, 0},
                       {'c', 1, 8, 0},
                       {'c', 1, 9, 0},
                       {'c', 5, 0, 0},
                       {'c', 5, 1, 0},
                       {'c', 5, 2, 0},
                       {'c', 136, 77, 0}}) {
    node.access = kRead | kWrite | kMake;
    CHECK(allowed(rules, node));
  }
  CHECK(allowed(rules, {'b', 8, 0, kMake}));
  CHECK(!allowed(rules, {'b', 8, 0, kRead}));
  CHECK(!allowed(rules, {'b', 8, 0, kMake | kRead}));
  CHECK(!allowed(rules, {'c', 1, 1, kRead}));     // /dev/mem
  CHECK(!allowed(rules, {'c', 10, 229, kRead}));  // /dev/fuse
}

TEST_CASE("devices: the highest device numbers are compared whole") {
  std::vector<DeviceRule> rules{{.allow = true, .type = 'c', .major = 4294967295, .minor = 2147483648}};
  CHECK(allowed(rules, {'c', 4294967295, 2147483648, kRead}));
  CHECK(!allowed(rules, {'c', 4294967295, 0, kRead}));
}

TEST_CASE("devices: lists of every shape mean what they say") {
  uint32_t state = 12345;
  auto pick = [&](uint32_t n) { return ((state = state * 1664525 + 1013904223) >> 16) % n; };
  const uint32_t minors[] = {0, 3, 31, 32};
  for (int round = 0; round < (kSanitized ? 1000 : 20000); ++round) {
    std::vector<DeviceRule> rules(pick(8));
    bool whole = pick(2) == 0;  // with whole access often enough, so that rules merge
    for (DeviceRule& rule : rules) {
      rule = {.allow = pick(2) == 0, .type = "acb"[pick(3)]};
      if (!whole) rule.read = pick(2) == 0, rule.write = pick(2) == 0, rule.make = pick(2) == 0;
      if (pick(4)) rule.major = pick(2);
      if (pick(4)) rule.minor = minors[pick(4)];
    }
    for (uint32_t i = 0; i < 2 * 2 * 4 * 7; ++i) {
      Request request{"cb"[i % 2], i / 2 % 2, minors[i / 4 % 4], i / 16 + 1};
      if (allowed(rules, request) == expected(rules, request)) continue;
      FAIL("round ", round, " request ", i);
    }
  }
}
