// What the kubelet looks at once, before it makes anything of a pod that was given to it.
#pragma once

#include <optional>
#include <string>

#include "runtime/kube/api/pod.h"

namespace kube {

struct Rejection {
  std::string reason;   // SysctlForbidden, AppArmor: what `get` shows
  std::string message;  // in the kubelet's words
};

// Why the pod cannot run on this node at all; it has failed then and is not tried again. Pure.
std::optional<Rejection> why_not_admitted(const Pod& pod, bool has_app_armor);

}  // namespace kube
