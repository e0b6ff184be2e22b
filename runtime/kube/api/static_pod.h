// Static pods: Pods that are there because a file or a URL says so (kubelet, pkg/kubelet/config). Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// Annotations that every one of them has.
constexpr const char *kConfigHash = "kubernetes.io/config.hash", *kConfigMirror = "kubernetes.io/config.mirror",
                     *kConfigSeen = "kubernetes.io/config.seen", *kConfigSource = "kubernetes.io/config.source";
// And one of ours: the folder or URL that its manifest is in.
constexpr const char* kStaticSource = "nacelle.io/static-source";

// Where a manifest was found.
struct ManifestPlace {
  std::string source;  // the folder or URL that is watched
  std::string file;    // the file in it; empty: a URL
};

// What a node makes of a Pod in such a manifest: "-NODE" behind its name, a uid that is the hash of all that it says
// and of where it stands, and the annotations. Errors: it refers to what only an API server has.
Result<Pod> make_static_pod(Pod pod, const ManifestPlace& place, std::string_view node, Time seen);

// Whether the pod has come from that folder or URL.
bool is_from(const Pod& pod, std::string_view source);
bool is_static(const Pod& pod);

}  // namespace kube
