// Resources worked out to what is written into which cgroup file: all that can fail on input fails here.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cgroups/hierarchy.h"
#include "cgroups/resources.h"

namespace cgroups {

// One write(2) into a file of the cgroup.
struct Write {
  enum class Rule {
    required,    // an error when the file is missing
    if_present,  // nothing to do when the file is missing
    keep_quota,  // cpu.max: the value is the period only, the quota that stands there is read and kept
    or_next,     // when the file is missing, the next write takes its place; else the next is left out
  };
  std::string field;  // what asked for it: "linux.resources.cpu.quota"
  std::string file;   // "cpu.max"
  std::string value;  // "50000 100000"
  Rule rule = Rule::required;
};

struct Plan {
  std::vector<Write> writes;                            // in the order in which they are done
  std::vector<NeededController> controllers;            // those the writes need, each once
  std::optional<std::vector<bpf_insn>> device_program;  // none: leave devices alone; empty: allow all, no program
  std::optional<uint64_t> refuse_usage_above;           // bytes: fail when memory.current is above (checkBeforeUpdate)
};

// Plans the writes; reads nothing. Values as the spec has them; -1 is no limit, and 0 for memory.limit, memory.swap,
// memory.reservation, cpu.shares, cpu.quota, cpu.period and blockIO.weight is "not given", as callers made for runc
// send it. Errors name the field: "linux.resources.cpu.period: 500 is not within 1000 to 1000000 microseconds".
Result<Plan> plan(const Resources& resources);

// The same, and fails where the hierarchy lacks a controller that is needed or the kernel the huge page size. Reads
// nothing when no limit is asked for.
Result<Plan> plan(const Hierarchy& hierarchy, const Resources& resources);

// cpu.weight for v1 cpu shares. New: what runc >= 1.3.2, crun >= 1.23 and we give containers (the log2 curve through
// 2:1, 1024:100, 262144:10000). Old: the straight line that the kubelet still uses for its pod and QoS levels.
// 0 gives 0: not set.
uint64_t weight_of_shares_new(uint64_t shares);
uint64_t weight_of_shares_old(uint64_t shares);

// What every container may use whatever its device list says, to be put behind that list: mknod of anything, null
// zero full random urandom tty console ptmx and ptys (config-linux.md, "Default Devices").
std::vector<DeviceRule> default_device_rules();

// The BPF_PROG_TYPE_CGROUP_DEVICE program for the list. Starts from deny-all; for each kind of access (read, write,
// mknod) the last rule that matches decides. Empty when everything is allowed.
std::vector<bpf_insn> compile_device_program(const std::vector<DeviceRule>& rules);

}  // namespace cgroups
