// Making room before a limit of memory comes down: what the kernel does of itself then is to reclaim, and to kill when
// that does not suffice (cgroup-v2.rst, "memory.max").
#pragma once

#include <cstdint>

#include "base/result.h"

namespace cgroups {

// Has the kernel take back pages until the cgroup uses at most `limit` bytes, or until that gets no further: by
// memory.reclaim (Linux 5.19), on older ones by a memory.high that stands only for the moment. Gives the usage after
// that. Waits for the kernel, which may be writing pages to a disk.
Result<uint64_t> reclaim_down_to(int directory, uint64_t limit);

}  // namespace cgroups
