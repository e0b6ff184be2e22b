// Seccomp profiles (config-linux.md, Seccomp) compiled to what seccomp(2) takes.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "security/policy.h"

namespace security {

struct SeccompProgram {
  std::vector<sock_filter> filter;  // at most BPF_MAXINSNS instructions
  uint32_t filter_flags = 0;        // SECCOMP_FILTER_FLAG_… for seccomp(SECCOMP_SET_MODE_FILTER)
  bool notifies = false;  // SCMP_ACT_NOTIFY is used: filter_flags has NEW_LISTENER, the call gives a descriptor
};

// A profile with every word understood (security/seccomp_rules.h). It points into the profile that it was made of.
struct CheckedProfile;

// Errors as compile() has them, but for the length of the program: all that can be wrong about a profile before
// anything is made.
Result<CheckedProfile> check_profile(const SeccompProfile& profile);

// Those that are left: a program of more than BPF_MAXINSNS instructions.
Result<SeccompProgram> compile(const CheckedProfile& profile);

// The profile as a program. Pure but for questions to the kernel which actions and flags it has; loads nothing.
// A profile that allows everything (SCMP_ACT_ALLOW by default and no rule) still gives a program of a few instructions.
//
// Errors name the field, in the words of config.json: "linux.seccomp.syscalls[3].action: unknown action
// 'SCMP_ACT_FOO'". Wrong are: an unknown action, operator, architecture or flag; one that this kernel does not have;
// errnoRet with an action other than ERRNO and TRACE, or above 4095; an argument index above 5; no names in a rule;
// NOTIFY as the default action or without listenerPath; listenerMetadata
// without listenerPath; a program of more than BPF_MAXINSNS instructions.
//
// Names of system calls that neither this build nor the kernel's tables have are left out with a debug message, as
// runc does: a profile is written for many kernels and architectures.
//
// When the default action is an errno other than ENOSYS, system calls newer than everything the profile names give
// ENOSYS, so that C libraries fall back to older calls as they do on an older kernel.
Result<SeccompProgram> compile(const SeccompProfile& profile);

// For `features`: the names of the spec that compile() takes, in the spec's order.
std::vector<std::string> seccomp_actions();
std::vector<std::string> seccomp_operators();
std::vector<std::string> seccomp_architectures();
std::vector<std::string> seccomp_flags();
// Those of seccomp_flags() that the running kernel has.
std::vector<std::string> supported_seccomp_flags();

// "2.5.4", for --version.
std::string libseccomp_version();

}  // namespace security
