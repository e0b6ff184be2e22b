// A volume for a group: the kubelet's fsGroup.
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace volumes {

// Gives the directory and everything in it to the group: files can be read and written by it (rw-rw----), directories
// entered, and what is made in them is the group's too (setgid). Bits are only added; owners stay. The directory itself
// comes last: as long as it is not the group's, an earlier attempt was not finished. Symlinks are not followed, other
// mounts not entered.
Result<> give_to_group(int directory, gid_t group);

// Whether the directory itself is as give_to_group leaves it: with fsGroupChangePolicy OnRootMismatch nothing is to be
// done then.
Result<bool> is_of_group(int directory, gid_t group);

}  // namespace volumes
