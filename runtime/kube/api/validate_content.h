// The API server's checks of what a Pod takes from other objects and from itself (content.h).
#pragma once

#include <optional>
#include <string>

#include "runtime/kube/api/validate.h"

namespace kube {

// The first thing wrong with the sources of a container's variables. `path`: "spec.containers[0]".
std::optional<Problem> validate_env_sources(const Container& container, const std::string& path);

// With a volume made of files of configMap, secret, downwardAPI or projected. `path`: "spec.volumes[0]".
std::optional<Problem> validate_content_volume(const Volume& volume, const PodSpec& spec, const std::string& path);

}  // namespace kube
