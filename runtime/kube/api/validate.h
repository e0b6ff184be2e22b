// The API server's checks of a Pod, in its words.
#pragma once

#include <optional>
#include <string>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/api/problem.h"

namespace kube {

// The first thing wrong with a Pod whose defaults are set; empty when it is valid.
std::optional<Problem> validate_pod(const Pod& pod);

}  // namespace kube
