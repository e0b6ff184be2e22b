#include "runtime/kube/supervisor/admission.h"

#include "base/text.h"
#include "runtime/kube/api/sysctls.h"
#include "runtime/kube/sandbox/app_armor.h"

namespace kube {

std::optional<Rejection> why_not_admitted(const Pod& pod, bool has_app_armor) {
  if (pod.spec.security_context)
    for (const PodSysctl& sysctl : pod.spec.security_context->sysctls)
      if (!is_safe_sysctl(sysctl.name))
        return Rejection{"SysctlForbidden",
                         cat("Pod was rejected: forbidden sysctl: \"", sysctl.name, "\" not allowlisted")};
  if (const auto why = why_not_app_armor(pod, has_app_armor))
    return Rejection{"AppArmor", cat("Pod was rejected: ", *why)};
  return std::nullopt;
}

}  // namespace kube
