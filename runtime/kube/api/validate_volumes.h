// The API server's checks of volumes and of how they are mounted.
#pragma once

#include <optional>
#include <string>

#include "runtime/kube/api/validate.h"

namespace kube {

// The first thing wrong with a volume's source. `path`: "spec.volumes[0]".
std::optional<Problem> validate_volume_source(const Volume& volume, const std::string& path);

// With a mount's subPath, subPathExpr, propagation and recursive read-only. `path`:
// "spec.containers[0].volumeMounts[0]".
std::optional<Problem> validate_volume_mount(const VolumeMount& mount, const Container& container,
                                             const std::string& path);

// "" for a relative path without "..", else what is wrong with it.
std::string check_descending_path(std::string_view path);

}  // namespace kube
