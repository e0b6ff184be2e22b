// Classic BPF for seccomp(2): decisions by system call number, laid out as one search tree for each architecture.
// Private to security/.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "security/seccomp_names.h"

namespace security {

// A test of one argument of the call.
struct Condition {
  unsigned index = 0;
  Comparison comparison = Comparison::equal;
  uint64_t value = 0;
  uint64_t mask = ~0ULL;  // for masked_equal
  bool is_wide = true;    // false: only the low 32 bits of the argument and of the value count
};

// Taken when all conditions hold.
struct ConditionalAction {
  std::vector<Condition> conditions;
  uint32_t action = 0;  // SECCOMP_RET_… with its data
};

// What is done with a call: the action of the first in `conditional` that fits, else `otherwise`.
struct Decision {
  std::vector<ConditionalAction> conditional;
  uint32_t otherwise = 0;
};

// The decision for the numbers from `first` up to the next interval's.
struct Interval {
  uint32_t first = 0;
  Decision decision;
};

// All that can come with one value of seccomp_data.arch.
struct ArchitectureRules {
  uint32_t audit_arch = 0;
  bool is_big_endian = false;
  std::vector<Interval> intervals;  // ascending; the first begins at 0, so that there is one for every number
};

// A program that finds the architecture, then the number by binary search: some ten steps. Kernels from 5.11 on work
// out from such steps which numbers are always allowed, and then let those pass without running anything; few steps
// keep that work, done at loading, short. Calls of other architectures get `foreign_action`.
std::vector<sock_filter> generate_filter(const std::vector<ArchitectureRules>& architectures, uint32_t foreign_action);

}  // namespace security
