#include <algorithm>

#include "cgroups/plan.h"

namespace cgroups {
namespace {

// The program holds in r0 the verdict, and after its prologue:
constexpr uint8_t kType = BPF_REG_2;  // BPF_DEVCG_DEV_CHAR or _BLOCK
constexpr uint8_t kLeft = BPF_REG_3;  // kinds of access that no rule has decided yet
constexpr uint8_t kMajor = BPF_REG_4;
constexpr uint8_t kMinor = BPF_REG_5;
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
bpf_insn jump_if(int operation, uint8_t target, int32_t value, size_t skip) {
  return instruction(BPF_JMP | operation | BPF_K, target, 0, static_cast<int>(skip), value);
}
bpf_insn jump_unless_equal_word(uint8_t target, int32_t value, size_t skip) {
  return instruction(BPF_JMP32 | BPF_JNE | BPF_K, target, 0, static_cast<int>(skip), value);
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
  if (rule.allow) {
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

void add_rule(Program& program, const DeviceRule& rule) {
  Program body = decision(rule);
  size_t checks = (rule.type != 'a') + rule.major.has_value() + rule.minor.has_value();
  // Each check that fails jumps over the checks behind it and the body, to the next rule.
  auto rest = [&] { return --checks + body.size(); };
  if (rule.type != 'a')
    program.push_back(
        jump_unless_equal_word(kType, rule.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR, rest()));
  if (rule.major) program.push_back(jump_unless_equal_word(kMajor, static_cast<int32_t>(*rule.major), rest()));
  if (rule.minor) program.push_back(jump_unless_equal_word(kMinor, static_cast<int32_t>(*rule.minor), rest()));
  program.insert(program.end(), body.begin(), body.end());
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
  for (auto rule = rules.rbegin(); rule != rules.rend(); ++rule) {
    if (access_of(*rule) == 0) continue;
    if (is_for_all_devices(*rule) && access_of(*rule) == kAllAccess) {
      // Nothing before it can matter. If nothing behind it does either, it is the whole program.
      bool alone = std::all_of(rules.rbegin(), rule, [](const DeviceRule& later) { return later.allow; });
      if (rule->allow && alone) return {};
      answer(program, rule->allow ? 1 : 0);
      return program;
    }
    add_rule(program, *rule);
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
