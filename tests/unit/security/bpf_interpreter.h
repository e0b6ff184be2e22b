// Runs a seccomp program as the kernel would, for the tests.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <string>
#include <vector>

struct Run {
  uint32_t action = 0;
  unsigned steps = 0;
  std::string problem;  // why the kernel would refuse the program; empty when it would not
};

// The kernel's checks (seccomp_check_filter, bpf_check_classic) are made on the way: known instructions only, loads
// aligned and inside seccomp_data, jumps inside the program.
Run run_filter(const std::vector<sock_filter>& filter, const seccomp_data& data);

// The action for a call with these arguments; fails the test when the program is not well-formed.
uint32_t evaluate(const std::vector<sock_filter>& filter, uint32_t arch, uint32_t number,
                  std::vector<uint64_t> args = {});
