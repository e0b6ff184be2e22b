// The device program of a cgroup in the kernel: loaded, attached, replaced.
#pragma once

#include <linux/bpf.h>

#include <vector>

#include "base/descriptor.h"
#include "base/result.h"

namespace cgroups {

// Loads a BPF_PROG_TYPE_CGROUP_DEVICE program. When the verifier refuses it, the error has the last line of its log.
Result<Fd> load_device_program(const std::vector<bpf_insn>& program);

// Makes the program the cgroup's only one of ours; an empty one takes ours away. Programs of others (systemd) stay.
// `fresh`: nothing of ours can be there, so it is not looked for. The new one is attached before the old one goes:
// at no time less is forbidden than by either.
Result<> attach_device_program(int cgroup, const std::vector<bpf_insn>& program, bool fresh);

}  // namespace cgroups
