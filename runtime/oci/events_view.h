// What `events` prints: one object on a line, in the form that callers of runc read.
#pragma once

#include <string>

#include "cgroups/metrics.h"

namespace oci {

// {"type":"stats","id":"web","data":{"cpu":{…},…}}. Times are in nanoseconds, as cgroup v1 counted; what is not limited
// has the limit 18446744073709551615; pids without a limit, and all that is 0 and optional, are left out.
std::string stats_event(const std::string& id, const cgroups::Metrics& metrics);

// {"type":"oom","id":"web"}
std::string oom_event(const std::string& id);

}  // namespace oci
