#include "runtime/kube/supervisor/pod_change.h"

#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/pod_patch.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/state/limit_ranges.h"

namespace kube {

Result<PodChange> plan_change(const Pod& pod, const PatchRequest& request, const Place& place,
                              const cgroups::Hierarchy& hierarchy) {
  PodChange change{.pod = TRY(patch_pod(pod, TRY(parse_patch(request.type, request.text)), request.is_resize))};
  change.has_new_spec = !is_same(pod.spec, change.pod.spec);
  change.has_new_deadline = pod.spec.active_deadline != change.pod.spec.active_deadline;
  // Not the generation, which follows the spec.
  change.has_new_metadata =
      pod.metadata.labels != change.pod.metadata.labels || pod.metadata.annotations != change.pod.metadata.annotations;
  change.is_changed = change.has_new_spec || change.has_new_metadata;
  if (change.has_new_spec) TRY(check_limit_ranges(place, change.pod));
  if (change.has_new_spec) TRY(cgroups::check_controllers(hierarchy, needed_controllers(change.pod.spec)));
  for (const Container* container : all_containers(change.pod.spec))
    if (container->image != find_container(pod.spec, container->name)->image)
      change.new_images.push_back(container->name);
  return change;
}

}  // namespace kube
