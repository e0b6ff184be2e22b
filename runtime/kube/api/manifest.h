// From the text of a manifest to objects that can be used: parsed, decoded strictly, with defaults, valid.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/object.h"
#include "runtime/kube/api/pod.h"

namespace kube {

struct ManifestOptions {
  std::string file = "-";  // how errors call the text: "pod.yaml:7:5: …"
  std::string ns;          // the namespace asked for (-n): a manifest with another one is refused; empty: any
  std::string node_name;   // this node; empty: any spec.nodeName is taken
  // Names of ConfigMaps and Secrets that are called otherwise where a pod refers to them (kustomization.h).
  StringMap config_maps = {}, secrets = {};
};

// The objects of the text, in its order: YAML or JSON, any number of documents, and `kind: List`. Documents without
// content are skipped; no object at all is an error. status and what else the API server sets itself is dropped.
//
// Each error is one line "file:line:column: …" for the first thing wrong:
//   pod.yaml:7:5: strict decoding error: unknown field "spec.containers[0].imge"
//   pod.yaml:9:5: spec.containers[0].livenessProbe: not supported yet by this version
//   pod.yaml:8:12: spec.containers[0].image: expected a string, got the number 1.28 (hint: put it in quotes)
//   pod.yaml:6:5: spec.containers[0].image: Required value
Result<std::vector<Object>> read_objects(std::string_view text, const ManifestOptions& options);

}  // namespace kube
