// What a process may do, as plain data: filled by the reader of config.json, compiled by security/ into bytes and masks
// that the child applies with bare system calls.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace security {

struct User {
  uint32_t uid = 0, gid = 0;
  std::optional<uint32_t> umask;
  std::vector<uint32_t> additional_gids;
};

// Bit n stands for capability n of capabilities(7).
using CapabilityMask = uint64_t;

struct Capabilities {
  CapabilityMask bounding = 0, effective = 0, inheritable = 0, permitted = 0, ambient = 0;
};

struct SeccompArg {
  unsigned index = 0;  // 0 to 5
  uint64_t value = 0, value_two = 0;
  std::string op;  // SCMP_CMP_…
};

struct SeccompRule {
  std::vector<std::string> names;
  std::string action;  // SCMP_ACT_…
  std::optional<uint32_t> errno_ret;
  std::vector<SeccompArg> args;
};

struct SeccompProfile {
  std::string default_action;
  std::optional<uint32_t> default_errno_ret;
  std::vector<std::string> architectures;  // SCMP_ARCH_…; the native one is always there
  std::vector<std::string> flags;          // SECCOMP_FILTER_FLAG_…
  std::string listener_path, listener_metadata;
  std::vector<SeccompRule> rules;
};

}  // namespace security
