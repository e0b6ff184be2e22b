#include <algorithm>

#include "cgroups/plan.h"

namespace cgroups {
namespace {

// The program holds in r0 the verdict, and after its prologue:
constexpr uint8_t kType = BPF_REG_2;  // BPF_DEVCG_DEV_CHAR or _BLOCK
constexpr uint8_t kLeft = BPF_REG_3;  // kinds of access that no rule has decided yet
constexpr uint8_t kMajor = BPF_REG_4;
constexpr uint8_t kMinor = BPF_REG_5;
constexpr uint8_t kBit = BPF_REG_1;  // scratch: the context is not needed any more
constexpr int32_t kAllAccess = BPF_DEVCG_ACC_MKNOD | BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_WRITE;

using Program = std::vector<bpf_insn>;

bpf_insn instruction(int code, uint8_t target, uint8_t source, int offset, int32_t value) {
  bpf_insn made{};
  made.code = static_cast<uint8_t>(code);
  made.dst_reg = target & 0xf;
  made.src_reg = source & 0xf;
  made.off = static_cast<int16_t>(offset);
  made.imm = value;
  return made;
}

bpf_insn load_word(uint8_t target, int offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, target, BPF_REG_1, offset, 0);
}
bpf_insn alu(int operation, uint8_t target, int32_t value) {
  return instruction(BPF_ALU64 | operation | BPF_K, target, 0, 0, value);
}
bpf_insn jump_if(int operation, uint8_t target, int32_t value, int skip) {
  return instruction(BPF_JMP | operation | BPF_K, target, 0, skip, value);
}
bpf_insn jump_unless_equal_word(uint8_t target, int32_t value, int skip) {
  return instruction(BPF_JMP32 | BPF_JNE | BPF_K, target, 0, skip, value);
}

void answer(Program& program, int32_t verdict) {
  program.push_back(alu(BPF_MOV, BPF_REG_0, verdict));
  program.push_back(instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0));
}

int32_t access_of(const DeviceRule& rule) {
  return (rule.read ? BPF_DEVCG_ACC_READ : 0) | (rule.write ? BPF_DEVCG_ACC_WRITE : 0) |
         (rule.make ? BPF_DEVCG_ACC_MKNOD : 0);
}

bool is_for_all_devices(const DeviceRule& rule) {
  return rule.type == 'a' && !rule.major && !rule.minor;
}

// access_type holds the access in its upper half, the type in its lower (include/uapi/linux/bpf.h).
void prologue(Program& program) {
  program.push_back(load_word(kType, offsetof(bpf_cgroup_dev_ctx, access_type)));
  program.push_back(load_word(kMajor, offsetof(bpf_cgroup_dev_ctx, major)));
  program.push_back(load_word(kMinor, offsetof(bpf_cgroup_dev_ctx, minor)));
  program.push_back(instruction(BPF_ALU64 | BPF_MOV | BPF_X, kLeft, kType, 0, 0));
  program.push_back(alu(BPF_RSH, kLeft, 16));
  program.push_back(alu(BPF_AND, kType, 0xffff));
}

// What the rule decides once the device is known to match.
Program decision(const DeviceRule& rule) {
  Program body;
  int32_t access = access_of(rule);
  if (access == kAllAccess) {
    // Whatever is left is decided. Not only shorter: the verifier follows each value of kLeft on its own, and takes ten
    // times as long over a list of rules that all change it.
    answer(body, rule.allow ? 1 : 0);
  } else if (rule.allow) {
    body.push_back(alu(BPF_AND, kLeft, ~access));
    body.push_back(jump_if(BPF_JNE, kLeft, 0, 2));
    answer(body, 1);
  } else {
    // Jumps over the jump into the refusal, because BPF has no "jump if none of the bits".
    body.push_back(jump_if(BPF_JSET, kLeft, access, 1));
    body.push_back(instruction(BPF_JMP | BPF_JA, 0, 0, 2, 0));
    answer(body, 0);
  }
  return body;
}

// Rules of one meaning for several minors of one major, or a single rule (no minors noted).
struct Group {
  DeviceRule rule;
  uint32_t minors = 0;  // bit N: minor N; stands in for rule.minor
};

constexpr int64_t kMinorsInGroup = 32;

bool is_one_meaning(const DeviceRule& a, const DeviceRule& b) {
  return a.allow == b.allow && access_of(a) == access_of(b);
}

// The bit of the rule's minor in a group; 0 when it has none or one too high for that.
uint32_t minor_bit(const DeviceRule& rule) {
  int64_t minor = rule.minor.value_or(kMinorsInGroup);
  return minor < kMinorsInGroup ? 1u << minor : 0;
}

// True when the rule went into the group. Both have one meaning.
bool merge(Group& group, const DeviceRule& rule) {
  if (rule.type == group.rule.type && rule.major == group.rule.major && rule.minor == group.rule.minor) return true;
  uint32_t bit = minor_bit(rule);
  if (bit != 0 && group.minors != 0 && rule.type == group.rule.type && rule.major == group.rule.major) {
    group.minors |= bit;
    return true;
  }
  // All characters and all blocks are all there is.
  bool all = !rule.major && !rule.minor && !group.rule.major && !group.rule.minor && group.minors == 0;
  if (all && rule.type != group.rule.type) group.rule.type = 'a';
  return all;
}

// The list from its end, where rules of one meaning that follow each other are merged: their order does not matter. The
// time that the verifier takes grows with the branches, and is most of what a device list costs a start.
std::vector<Group> group_rules(const std::vector<DeviceRule>& rules) {
  std::vector<Group> groups;
  size_t run = 0;  // where the groups of the meaning at hand begin
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    if (access_of(*rule) == 0) continue;
    if (!groups.empty() && !is_one_meaning(groups.back().rule, *rule)) run = groups.size();
    auto first = groups.begin() + static_cast<std::ptrdiff_t>(run);
    if (std::any_of(first, groups.end(), [&](Group& group) { return merge(group, *rule); })) continue;
    groups.push_back({*rule, minor_bit(*rule)});
  }
  return groups;
}

// The checks whether the device matches; each jumps over `body` instructions more when it does not.
Program checks_of(const Group& group, size_t body) {
  const DeviceRule& rule = group.rule;
  Program checks;
  auto check = [&](bpf_insn jump) { checks.push_back(jump); };
  if (rule.type != 'a')
    check(jump_unless_equal_word(kType, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, 0));
  if (rule.major) check(jump_unless_equal_word(kMajor, static_cast<int32_t>(*rule.major), 0));
  bool several = (group.minors & (group.minors - 1)) != 0;
  if (several) {
    check(jump_if(BPF_JGT, kMinor, kMinorsInGroup - 1, 0));
    checks.push_back(alu(BPF_MOV, kBit, 1));
    checks.push_back(instruction(BPF_ALU64 | BPF_LSH | BPF_X, kBit, kMinor, 0, 0));
    checks.push_back(instruction(BPF_ALU64 | BPF_AND | BPF_K, kBit, 0, 0, static_cast<int32_t>(group.minors)));
    check(jump_if(BPF_JEQ, kBit, 0, 0));
  } else if (rule.minor) {
    check(jump_unless_equal_word(kMinor, static_cast<int32_t>(*rule.minor), 0));
  }
  for (size_t i = 0; i < checks.size(); ++i) {
    bool is_jump = BPF_CLASS(checks[i].code) == BPF_JMP || BPF_CLASS(checks[i].code) == BPF_JMP32;
    if (is_jump) checks[i].off = static_cast<int16_t>(checks.size() - 1 - i + body);
  }
  return checks;
}

void append(Program& program, const Program& part) {
  program.insert(program.end(), part.begin(), part.end());
}

DeviceRule character(std::optional<int64_t> major, std::optional<int64_t> minor) {
  return {.allow = true, .type = 'c', .major = major, .minor = minor};
}

}  // namespace

// Walks the list from its end. Each rule decides the kinds of access it speaks of and leaves the others to the rules
// before it, so "allow rw, then deny w" reads, and "allow r, then allow w" opens for both at once.
std::vector<bpf_insn> compile_device_program(const std::vector<DeviceRule>& rules) {
  Program program;
  prologue(program);
  bool all_allowed = true;
  for (const Group& group : group_rules(rules)) {
    all_allowed = all_allowed && group.rule.allow;
    if (is_for_all_devices(group.rule) && access_of(group.rule) == kAllAccess) {
      // Nothing before it in the list can matter. If nothing behind it does either, no program is needed.
      if (all_allowed) return {};
      answer(program, group.rule.allow ? 1 : 0);
      return program;
    }
    Program body = decision(group.rule);
    append(program, checks_of(group, body.size()));
    append(program, body);
  }
  answer(program, 0);
  return program;
}

std::vector<DeviceRule> default_device_rules() {
  DeviceRule make_character{.allow = true, .type = 'c', .read = false, .write = false};
  DeviceRule make_block = make_character;
  make_block.type = 'b';
  return {
      make_character,
      make_block,
      character(1, 3),               // null
      character(1, 5),               // zero
      character(1, 7),               // full
      character(1, 8),               // random
      character(1, 9),               // urandom
      character(5, 0),               // tty
      character(5, 1),               // console
      character(5, 2),               // ptmx
      character(136, std::nullopt),  // pts/*
  };
}

}  // namespace cgroups
