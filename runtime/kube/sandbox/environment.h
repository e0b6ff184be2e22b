// The variables of a container, with those that come from ConfigMaps, Secrets and the pod itself.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/content_fields.h"
#include "runtime/kube/sandbox/container_spec.h"

namespace kube {

struct Environment {
  std::vector<EnvVar> variables;     // in order, values expanded
  std::vector<std::string> skipped;  // a message of each object with keys that no variable can be named
};

// envFrom first, then env, which wins. Errors in the kubelet's words: configmap "x" not found; couldn't find key k in
// ConfigMap default/x.
Result<Environment> resolve_environment(const PodContext& context, const Container& container);

// What the node has, for resources without a limit.
Allocatable allocatable(const PodContext& context);

}  // namespace kube
