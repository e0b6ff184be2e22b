// cgroup v2: everything that the other folders use.
#pragma once

#include "cgroups/cgroup.h"     // IWYU pragma: export
#include "cgroups/control.h"    // IWYU pragma: export
#include "cgroups/hierarchy.h"  // IWYU pragma: export
#include "cgroups/metrics.h"    // IWYU pragma: export
#include "cgroups/plan.h"       // IWYU pragma: export
#include "cgroups/resctrl.h"    // IWYU pragma: export
#include "cgroups/resources.h"  // IWYU pragma: export
#include "cgroups/watch.h"      // IWYU pragma: export
