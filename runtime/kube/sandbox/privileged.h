// securityContext.privileged: a container that may do what the host's root may.
#pragma once

#include <vector>

#include "base/result.h"
#include "runtime/oci/spec.h"

namespace kube {

// The host's device nodes below /dev, without those that a container has of its own.
Result<std::vector<sandbox::Device>> list_host_devices();

// Pure: all devices, no hidden or read-only paths, kernel file systems to be written, no seccomp filter, no AppArmor
// profile, no label. All capabilities are resolve_capabilities's.
void lift_confinement(const std::vector<sandbox::Device>& devices, oci::Spec& spec);

}  // namespace kube
