// What a new supervisor makes of the runs of a container that another one has begun. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/kube/api/pod.h"

namespace kube {

// How often the container has been started: the number of its next log.
int64_t count_starts(const ContainerStatus& status);

// The container `id` was started at that time, whether the record says so already or not: its supervisor may have been
// killed before it was written down.
void note_start(ContainerStatus& status, const std::string& id, Time at);

// One that runs according to the record has ended by `at`, with 137: nobody has seen how.
void note_unseen_end(ContainerStatus& status, Time at);

}  // namespace kube
