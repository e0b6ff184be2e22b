// A checked seccomp profile, turned from names into numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "security/filter_code.h"
#include "security/policy.h"
#include "security/seccomp.h"
#include "security/seccomp_names.h"

namespace security {

// One rule of the profile with every word understood.
struct CheckedRule {
  const std::vector<std::string>* names = nullptr;  // the profile's own
  uint32_t action = 0;                              // SECCOMP_RET_… with its data
  // Any one of these groups must hold as a whole; no group means always.
  std::vector<std::vector<Condition>> alternatives;
};

struct CheckedProfile {
  uint32_t default_action = 0;
  std::vector<Abi> abis;  // the native one first, each once
  std::vector<CheckedRule> rules;
  uint32_t flags = 0;
  bool notifies = false;
};

// The intervals of every architecture, in the order of the profile's.
std::vector<ArchitectureRules> resolve_rules(const CheckedProfile& profile, uint32_t foreign_action);

}  // namespace security
