// What a container's process is shut into beside namespaces: seccomp, AppArmor, SELinux.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "runtime/kube/api/effective.h"
#include "security/policy.h"

namespace kube {

struct Confinement {
  std::optional<security::SeccompProfile> seccomp;
  std::string app_armor;                   // the profile's name; empty: none
  std::string process_label, mount_label;  // SELinux contexts; empty: none
  std::string shared_label;                // of what the containers of the pod share
};

// All that the settings come to on this host. `seccomp_dir` has the files that Localhost means. AppArmor's own default
// is loaded where it is needed and missing. A privileged container has none of it. Errors: a profile that is not there
// or not one, a label on a host without SELinux.
Result<Confinement> find_confinement(const EffectiveSecurity& security, security::CapabilityMask bounding,
                                     const std::string& seccomp_dir);

// Pure: a whole context out of the parts that are given and, for the others, those of `base`
// ("system_u:system_r:container_t:s0").
std::string selinux_context(const SeLinuxOptions& options, const std::string& base);

// Pure: the context of what such a process may write: `base` ("system_u:object_r:container_file_t:s0") with the
// process's level.
std::string selinux_file_context(const SeLinuxOptions& options, const std::string& base);

}  // namespace kube
