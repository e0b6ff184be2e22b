// The seccomp profile that a container gets when it asks for the runtime's own (Kubernetes' RuntimeDefault).
#pragma once

#include "security/policy.h"

namespace security {

// An allow-list, errno EPERM by default: what programs need, less what reaches past the container or has been a way
// into the kernel for unprivileged users (new namespaces, mounts, modules, keyrings, bpf, io_uring, userfaultfd, AF_ALG
// …). `bounding` is the container's bounding set: what a capability is for is allowed with it. For the native
// architecture and the 32-bit one that its kernel runs beside it; not for x32, which distributions turn off.
SeccompProfile default_seccomp_profile(CapabilityMask bounding);

}  // namespace security
