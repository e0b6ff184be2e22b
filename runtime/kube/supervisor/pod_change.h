// What a patch makes of a pod that is looked after.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cgroups/hierarchy.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/place.h"
#include "runtime/kube/supervisor/control.h"

namespace kube {

struct PodChange {
  Pod pod;  // as it is to be
  bool is_changed = false;
  bool has_new_spec = false;
  bool has_new_deadline = false;        // an earlier one
  bool has_new_metadata = false;        // labels or annotations
  std::vector<std::string> new_images;  // containers that are to run another image
};

// Error: why it must not be, as an API server has it, the namespace's LimitRanges included; or the controller that the
// host lacks.
Result<PodChange> plan_change(const Pod& pod, const PatchRequest& request, const Place& place,
                              const cgroups::Hierarchy& hierarchy);

}  // namespace kube
