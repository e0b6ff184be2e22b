// How much of the disk a tree takes.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace volumes {

// The bytes that everything below the directory takes on the disk, as du(1) counts them: blocks, not lengths, and what
// has several names once.
Result<uint64_t> used_bytes(int directory);

}  // namespace volumes
