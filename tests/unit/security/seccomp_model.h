// What a seccomp profile means, read in the plainest way, for the tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "security/policy.h"

using Args = std::vector<uint64_t>;

// The action for a call of that name, with 6 arguments; not for the ways of socketcall(2) and ipc(2), and not for
// calls that are newer than the profile.
uint32_t meaning(const security::SeccompProfile& profile, const std::string& name, const Args& args, bool is_64bit);
