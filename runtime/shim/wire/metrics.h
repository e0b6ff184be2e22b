// What Stats answers: io.containerd.cgroups.v2.Metrics.
#pragma once

#include <string>
#include <string_view>

#include "cgroups/metrics.h"

namespace shim::wire {

constexpr std::string_view kTypeMetrics = "io.containerd.cgroups.v2.Metrics";

// The message's bytes. Of the network nothing: a cgroup does not count it.
std::string encode_metrics(const cgroups::Metrics& metrics);

}  // namespace shim::wire
