// Capabilities of capabilities(7): names, masks, and what of a request can be granted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/policy.h"

namespace security {

// The bit of a name as the runtime-spec writes it ("CAP_NET_ADMIN": upper case, with the prefix). Capabilities that
// this build has no name for but the kernel knows are "CAP_41" and so on. Empty for any other text: the spec
// (config.md, Linux Process, capabilities) wants a warning for such a name, not an error.
std::optional<unsigned> parse_capability(std::string_view name);

// The name of a bit: "CAP_CHOWN" for 0; "CAP_41" where it has none.
std::string name_capability(unsigned bit);

// The names of all bits of the mask, in the order of the bits.
std::vector<std::string> describe(CapabilityMask mask);

// All that the running kernel knows (/proc/sys/kernel/cap_last_cap).
CapabilityMask all_capabilities();

// What a container gets when nothing is said: the 14 of Docker and containerd's CRI.
CapabilityMask default_capabilities();

// The capability sets of the calling thread (capget, PR_CAPBSET_READ, PR_CAP_AMBIENT).
Result<Capabilities> held_capabilities();

// What a process holds that has just made, or joined, a user namespace: all of the kernel's in permitted, effective and
// bounding; nothing inheritable or ambient (user_namespaces(7)).
Capabilities held_in_new_user_namespace();

struct CapabilityPlan {
  Capabilities apply;                    // each set as far as the kernel will grant it
  std::vector<std::string> ungrantable;  // asked for and left out: each is to be warned about (spec 1.1), no error
};

// What capset(2), the bounding set and the ambient set can be given, when the process that applies them holds `held`.
// Nothing is added to what was asked: above all, inheritable stays as asked and is never filled (CVE-2022-29162).
// The plan holds for a process that keeps its permitted set over setuid (PR_SET_KEEPCAPS), drops the bounding set
// first, then sets permitted, effective and inheritable, then ambient.
CapabilityPlan plan(const Capabilities& asked, const Capabilities& held);

}  // namespace security
