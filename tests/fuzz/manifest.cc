// Kubernetes manifests, YAML or JSON: a pod that was read can be printed and read again, and stays the same.
#include "runtime/kube/api/manifest.h"
#include "runtime/kube/api/print.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = kube::read_manifest(fuzz::text_of(data, size), {.file = "pod.yaml"});
  const auto* pods = fuzz::value_of(read);
  if (!pods) return 0;
  for (const auto& pod : *pods) {
    const std::string kept = kube::write_pod_json(pod);
    const auto loaded = kube::read_pod_json(kept);
    fuzz::demand(loaded.has_value(), "what is kept of a pod can be read");
    fuzz::demand(kube::write_pod_json(*loaded) == kept, "what is kept of a pod is read as the same");
    const std::string printed = kube::print_pod_yaml(pod);
    const auto again = kube::read_manifest(printed, {.file = "printed.yaml"});
    fuzz::demand(again.has_value() && again->size() == 1, "a printed pod is a manifest");
    fuzz::demand(kube::print_pod_yaml(again->front()) == printed, "a printed pod is read as the same");
  }
  return 0;
}
