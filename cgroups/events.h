// cgroup.events: whether a cgroup is populated or frozen, and waiting for it (cgroup-v2.rst, "Core Interface Files").
#pragma once

#include "base/descriptor.h"
#include "base/result.h"

namespace cgroups {

// The value of a key of the file of "key value" lines, 0 when there is none.
uint64_t read_key(std::string_view text, std::string_view key);

// Waits until `key` of the directory's cgroup.events is `value`, at most `milliseconds` (-1: for ever). False on
// time-out. Sleeps in poll(2): the kernel notifies changes of the file.
Result<bool> wait_event(int directory, std::string_view key, uint64_t value, int milliseconds);

}  // namespace cgroups
