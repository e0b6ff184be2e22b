#include "runtime/kube/api/pod_patch.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/defaults.h"
#include "runtime/kube/api/identity.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/api/validate.h"
#include "runtime/kube/api/validate_update.h"

namespace kube {
namespace {

Result<Pod> decode_pod(const Node& node, const std::string& name) {
  Pod pod;
  if (auto decoded = decode_value(node, "", pod); !decoded)
    return fail(cat("The Pod \"", name, "\" is invalid: ", visible(decoded.error().message)), decoded.error().hint);
  return pod;
}

// A resize gives a container amounts, not a policy.
void keep_policies(const Pod& before, Pod& after) {
  for (Container* container : all_containers(after.spec)) {
    const Container* old = find_container(before.spec, container->name);
    const bool is_default = std::ranges::none_of(
        container->resize_policy, [](const ResizePolicy& policy) { return policy.restart_policy != "NotRequired"; });
    if (old && old->resize_policy.empty() && is_default) container->resize_policy.clear();
  }
}

}  // namespace

Result<Pod> patch_pod(const Pod& pod, const Patch& patch, bool is_resize) {
  const std::string& name = pod.metadata.name;
  Pod after = TRY(decode_pod(TRY(apply_patch(patch, encode(pod))), name));
  keep_what_is_ours(pod.metadata, after.metadata);
  after.status = pod.status;
  set_defaults(after);
  keep_policies(pod, after);
  if (is_resize) after.metadata = pod.metadata;
  TRY(refuse_invalid("Pod", name, is_resize ? validate_pod_resize(pod, after) : validate_pod_update(pod, after)));
  TRY(refuse_invalid("Pod", name, validate_pod(after)));
  if (!is_same(pod.spec, after.spec)) after.metadata.generation++;
  return after;
}

}  // namespace kube
