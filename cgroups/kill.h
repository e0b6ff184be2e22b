// Signals to all processes of a cgroup.
#pragma once

#include <string>

#include "base/result.h"
#include "cgroups/hierarchy.h"

namespace cgroups {

// Sends the signal to each process that is in the cgroup both before and after its pidfd was opened: so no pid can have
// passed to a stranger in between.
Result<> signal_each(const Hierarchy& hierarchy, const std::string& path, int signal);

// kill() for kernels before 5.14, which have no cgroup.kill: frozen, nothing can fork away between listing and killing.
Result<> kill_by_freezing(const Hierarchy& hierarchy, const std::string& path);

}  // namespace cgroups
