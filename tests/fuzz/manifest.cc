// Kubernetes manifests, YAML or JSON, of every kind: an object that was read can be printed and read again, and stays
// the same; so does what is kept of a pod.
#include "runtime/kube/api/manifest.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/object_table.h"
#include "runtime/kube/api/print.h"
#include "tests/fuzz/fuzz.h"

namespace {

void check_kept(const kube::Pod& pod) {
  const std::string kept = kube::write_pod_json(pod);
  const auto loaded = kube::read_pod_json(kept);
  fuzz::demand(loaded.has_value(), "what is kept of a pod can be read");
  fuzz::demand(kube::write_pod_json(*loaded) == kept, "what is kept of a pod is read as the same");
}

void check_printed(const kube::Object& object) {
  const std::string printed = kube::emit_yaml(kube::encode_object(object));
  const auto again = kube::read_objects(printed, {.file = "printed.yaml"});
  fuzz::demand(again.has_value() && again->size() == 1, "a printed object is a manifest");
  fuzz::demand(kube::emit_yaml(kube::encode_object(again->front())) == printed, "a printed object is read as the same");
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = kube::read_objects(fuzz::text_of(data, size), {.file = "pod.yaml"});
  const auto* objects = fuzz::value_of(read);
  if (!objects) return 0;
  for (const kube::Object& object : *objects) {
    if (const kube::Pod* pod = std::get_if<kube::Pod>(&object)) check_kept(*pod);
    check_printed(object);
    (void)kube::describe_object(object, {});
  }
  return 0;
}
