// Giving a cgroup to a user, so that a container can make cgroups of its own below it.
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace cgroups {

// The owner of the directory and of those of its files that the kernel lists as safe to delegate; the group stays.
Result<> delegate_to(int directory, uid_t uid);

}  // namespace cgroups
