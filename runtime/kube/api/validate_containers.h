// Checks of when containers start, start again and end (validate.h).
#pragma once

#include <string>

#include "runtime/kube/api/checker.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// Of a container at `path`.
void check_life(const PodSpec& spec, const Container& container, const std::string& path, Checker& check);
// Of the pod as a whole: activeDeadlineSeconds.
void check_life(const PodSpec& spec, Checker& check);

}  // namespace kube
