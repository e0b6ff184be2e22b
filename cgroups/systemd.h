// The systemd manager: a container's cgroup is a transient scope that systemd makes around its first process.
#pragma once

#include <sys/types.h>

#include <vector>

#include "base/result.h"
#include "cgroups/hierarchy.h"
#include "cgroups/plan.h"
#include "cgroups/unit_properties.h"

namespace cgroups {

// StartTransientUnit with the pid, delegated to us, with the properties that say the same as the writes; waits for the
// job. Root talks to the system's manager, others to their own.
Result<> start_scope(const Location& location, pid_t pid, const std::vector<Write>& writes);

// SetUnitProperties, so that a daemon-reload does not bring the old values back. When it returns, systemd has written
// into the cgroup's files what follows for it from the properties.
Result<> set_scope_properties(const Location& location, const Properties& properties);

// StopUnit, and forgets a failed one (ResetFailedUnit). A scope that has gone is no error.
Result<> stop_scope(const Location& location);

}  // namespace cgroups
