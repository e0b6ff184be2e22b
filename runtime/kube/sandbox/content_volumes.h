// Volumes whose files come from ConfigMaps, Secrets, tokens and the pod itself: configMap, secret, downwardAPI,
// projected.
#pragma once

#include <string>

#include "base/result.h"
#include "runtime/kube/sandbox/container_spec.h"

namespace kube {

bool is_content_volume(const Volume& volume);

// Makes the volume at `path`; on a tmpfs, but for a configMap, so that no secret comes to a disk. Errors in the
// kubelet's words: configmap "x" not found; configmap references non-existent config key: k.
Result<> make_content_volume(const PodContext& context, const Volume& volume, const std::string& path);

// Brings the files of one that is there up to date, all at once; an error leaves them as they are.
Result<> update_content_volume(const PodContext& context, const Volume& volume, const std::string& path);

}  // namespace kube
