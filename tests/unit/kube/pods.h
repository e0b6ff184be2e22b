// Manifests that hold nothing but Pods.
#pragma once

#include <string_view>
#include <vector>

#include "base/text.h"
#include "runtime/kube/api/manifest.h"

// The Pods of the text, as read_objects() gives them; another kind is an error.
inline Result<std::vector<kube::Pod>> read_manifest(std::string_view text, const kube::ManifestOptions& options) {
  std::vector<kube::Pod> pods;
  for (kube::Object& object : TRY(kube::read_objects(text, options))) {
    auto* pod = std::get_if<kube::Pod>(&object);
    if (pod == nullptr) return fail(cat(options.file, ": a Pod is wanted, not a ", kube::kind_of(object).kind));
    pods.push_back(std::move(*pod));
  }
  return pods;
}
