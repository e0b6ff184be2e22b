// Who a container's process is: user, groups, capabilities.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/images/images.h"
#include "security/policy.h"

namespace kube {

struct Identity {
  security::User user;  // additional_gids with the primary group first, as CRI implementations have it
  std::string home;
};

// The pod's uid and gid over the image's, names and memberships by the image's own /etc/passwd and /etc/group.
Result<Identity> resolve_identity(const std::string& rootfs, const EffectiveSecurity& security,
                                  const std::string& image_user);

// The default capabilities, with what is added and dropped: ALL first, then the others, so that "drop ALL, add X" is X.
// Names with and without CAP_, in any case. Effective for root only: nothing is inheritable or ambient.
Result<security::Capabilities> resolve_capabilities(const EffectiveSecurity& security);

}  // namespace kube
