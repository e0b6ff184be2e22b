// Carries a plan out on a cgroup's directory.
#pragma once

#include "base/result.h"
#include "cgroups/plan.h"

namespace cgroups {

// Does the writes in order and attaches the device program. `fresh`: the cgroup was made just now.
Result<> apply_plan(int directory, const Plan& plan, bool fresh);

// One write into a file that is there. The error begins with the write's field.
Result<> apply_write(int directory, const Write& write);

}  // namespace cgroups
