// The type of a patch in the first line, the patch up to a line "---", and the object that it is for: it comes to an
// end and says the same each time, and a merge patch that has been applied changes nothing more. The same patch is for
// a Pod, too.
#include "runtime/kube/api/patch.h"

#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/manifest.h"
#include "runtime/kube/api/pod_patch.h"
#include "tests/fuzz/fuzz.h"

namespace {

kube::Pod make_pod() {
  const auto objects = kube::read_objects(
      "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: busybox, resources: "
      "{requests: {cpu: 100m}}}]}}",
      {});
  return std::get<kube::Pod>(objects->front());
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const kube::Pod pod = make_pod();
  const std::string_view text = fuzz::text_of(data, size);
  const size_t line = std::min(text.find('\n'), text.size()), end = std::min(text.find("\n---\n", line), text.size());
  const auto type = kube::patch_type_named(text.substr(0, line));
  if (!type) return 0;
  const auto patch = kube::parse_patch(*type, text.substr(line, end - line));
  if (!fuzz::value_of(patch)) return 0;
  (void)fuzz::value_of(kube::patch_pod(pod, *patch, false));
  const auto object = kube::parse_json(text.substr(std::min(end + 5, text.size())));
  if (!object) return 0;
  const auto once = kube::apply_patch(*patch, *object);
  const auto again = kube::apply_patch(*patch, *object);
  if (!fuzz::value_of(once)) return 0;
  fuzz::demand(again && kube::emit_compact_json(*once) == kube::emit_compact_json(*again),
               "a patch says the same each time");
  if (*type == kube::PatchType::merge)
    fuzz::demand(kube::is_equal(*kube::apply_patch(*patch, *once), *once), "a merge patch is done at once");
  return 0;
}
