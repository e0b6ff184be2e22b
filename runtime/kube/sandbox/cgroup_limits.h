// Between what a pod is given, what is asked of the cgroup files and what stands in them.
#pragma once

#include <string>

#include "cgroups/control.h"
#include "cgroups/resources.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/sandbox/resize_plan.h"

namespace kube {

// What the files will hold once this is applied: memory in whole pages. Pure, as all here.
CgroupLimits limits_of(const cgroups::Resources& resources);
CgroupLimits limits_of(const cgroups::Limits& limits);

// One write of a plan, as what cgroups::update() takes. The memory of a container goes without swap, as when it was
// made (kubelet, LimitedSwap off), and is refused below what is in use.
cgroups::Resources resources_of(const LimitWrite& write);

// What the container has, for its status: the cpu and memory of the kernel, named as they are asked for where that is
// what stands there; the rest as allocated. `given` are the amounts that may have been asked for, the newest first.
ResourceRequirements shown_resources(const std::vector<const ResourceRequirements*>& given, const CgroupLimits& actual);

}  // namespace kube
