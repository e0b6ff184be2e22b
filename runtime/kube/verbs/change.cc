#include "runtime/kube/verbs/change.h"

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/defaults.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/identity.h"
#include "runtime/kube/api/merge.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/state/node_resources.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/pod_change.h"
#include "runtime/kube/supervisor/reach.h"
#include "runtime/kube/tokens/service_account.h"
#include "runtime/kube/verbs/last_applied.h"
#include "runtime/kube/verbs/object_write.h"

namespace kube {
namespace {

// What a supervisor answers.
Result<bool> parse_answer(const std::string& answer) {
  if (answer == kChanged || answer == kUnchanged) return answer == kChanged;
  return fail(answer);
}

// Nobody looks after the pod: it has run to its end, or its supervisor was killed. We have its lock.
Result<bool> change_record(const Place& place, const std::string& dir, const PatchRequest& request) {
  const PodChange change = TRY(plan_change(TRY(read_pod(dir)), request, place, TRY(cgroups::read_hierarchy())));
  if (change.is_changed) TRY(write_pod(change.pod, dir));
  return change.is_changed;
}

Result<bool> change_pod(const Place& place, const std::string& ns, const std::string& name, const ObjectPatch& patch) {
  const Pod pod = TRY(find_pod(place, ns, name));
  const PatchRequest request{patch.type, patch.subresource == "resize", patch.text};
  const Reached reached = TRY(reach_pod(place, pod.metadata, request));
  if (reached.supervisor) return parse_answer(reached.answer);
  return change_record(place, pod_dir(place, ns, name), request);
}

// The pod as it is to be, told as the difference.
Result<bool> make_pod_become(const Place& place, const Node& present, const Node& wanted, const ObjectMeta& metadata) {
  const Node change = diff_objects(present, wanted);
  if (change.entries.empty()) return false;
  return change_pod(place, metadata.ns, metadata.name, {PatchType::strategic, emit_compact_json(change), ""});
}

// Where a manifest says nothing, a pod that is there keeps its policy, though another image would begin with another
// one.
void keep_pull_policies(const Pod& present, Pod& wanted) {
  for (Container* container : all_containers(wanted.spec)) {
    const Container* known = find_container(present.spec, container->name);
    if (known && container->image_pull_policy == default_pull_policy(container->image))
      container->image_pull_policy = known->image_pull_policy;
  }
}

}  // namespace

Result<bool> change_object(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name,
                           const ObjectPatch& patch) {
  if (&kind == &KindOf<Pod>::names) return change_pod(place, ns, name, patch);
  const Patch parsed = TRY(parse_patch(patch.type, patch.text));
  if (&kind == &KindOf<NodeObject>::names) return patch_node(place, name, parsed, patch.subresource == "status");
  return TRY(patch_object(place, kind, ns, name, parsed)) == Change::configured;
}

Result<bool> apply_to_pod(const Place& place, const Pod& present, Pod wanted) {
  keep_pull_policies(present, wanted);
  const Node before = encode(present);
  const Node merged = merge_applied(before, last_applied(present.metadata), encode_wanted(with_last_applied(wanted)));
  return make_pod_become(place, before, merged, present.metadata);
}

Result<bool> replace_any(const Place& place, const Object& wanted) {
  if (const auto* node = std::get_if<NodeObject>(&wanted)) return replace_node(place, *node);
  if (!std::holds_alternative<Pod>(wanted)) return TRY(replace_object(place, wanted)) == Change::configured;
  Pod pod = std::get<Pod>(wanted);
  const Pod present = without_api_access(TRY(find_pod(place, pod.metadata.ns, pod.metadata.name)));
  keep_what_is_ours(present.metadata, pod.metadata);
  pod.status = present.status;
  return make_pod_become(place, encode(present), encode(pod), present.metadata);
}

}  // namespace kube
