#include "runtime/kube/verbs/change.h"

#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/merge.h"
#include "runtime/kube/api/pod_patch.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/state/node_resources.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/control.h"
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

// Nobody looks after the pod: it has run to its end, or its supervisor was killed.
Result<bool> change_record(const std::string& dir, const ObjectPatch& patch) {
  const Fd lock = TRY(lock_pod(dir, true));
  const Pod pod = TRY(read_pod(dir));
  const Pod changed = TRY(patch_pod(pod, TRY(parse_patch(patch.type, patch.text)), patch.subresource == "resize"));
  if (is_same(pod, changed)) return false;
  TRY(write_pod(changed, dir));
  return true;
}

Result<bool> change_pod(const Place& place, const std::string& ns, const std::string& name, const ObjectPatch& patch) {
  TRY(find_pod(place, ns, name));
  const std::string dir = pod_dir(place, ns, name);
  if (!find_supervisor(dir)) return change_record(dir, patch);
  return parse_answer(TRY(send_request(dir, PatchRequest{patch.type, patch.subresource == "resize", patch.text})));
}

// The pod as it is to be, told as the difference.
Result<bool> make_pod_become(const Place& place, const Node& present, const Node& wanted, const ObjectMeta& metadata) {
  const Node change = diff_objects(present, wanted);
  if (change.entries.empty()) return false;
  return change_pod(place, metadata.ns, metadata.name, {PatchType::strategic, emit_compact_json(change), ""});
}

// What an API server fills in of itself.
Pod with_what_is_ours(const Pod& present, Pod wanted) {
  const ObjectMeta given = std::exchange(wanted.metadata, present.metadata);
  wanted.metadata.labels = given.labels;
  wanted.metadata.annotations = given.annotations;
  wanted.status = present.status;
  return wanted;
}

}  // namespace

Result<bool> change_object(const Place& place, const KindNames& kind, const std::string& ns, const std::string& name,
                           const ObjectPatch& patch) {
  if (&kind == &KindOf<Pod>::names) return change_pod(place, ns, name, patch);
  if (&kind == &KindOf<NodeObject>::names) return patch_node(place, name, TRY(parse_patch(patch.type, patch.text)));
  return TRY(patch_object(place, kind, ns, name, TRY(parse_patch(patch.type, patch.text)))) == Change::configured;
}

Result<bool> apply_to_pod(const Place& place, const Pod& present, const Pod& wanted) {
  const Node before = encode(present);
  const Node merged = merge_applied(before, last_applied(present.metadata), encode_wanted(with_last_applied(wanted)));
  return make_pod_become(place, before, merged, present.metadata);
}

Result<bool> replace_any(const Place& place, const Object& wanted) {
  const Pod* pod = std::get_if<Pod>(&wanted);
  if (!pod) return TRY(replace_object(place, wanted)) == Change::configured;
  const Pod present = without_api_access(TRY(find_pod(place, pod->metadata.ns, pod->metadata.name)));
  return make_pod_become(place, encode(present), encode(with_what_is_ours(present, *pod)), present.metadata);
}

}  // namespace kube
