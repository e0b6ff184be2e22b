// What `describe pod` shows of variables and volumes that come from other objects and from the pod (content.h).
#pragma once

#include "runtime/kube/api/page.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// "Environment Variables from:", and nothing without any.
void add_env_sources(Page& page, const std::vector<EnvFrom>& sources);

// The value, or where it comes from: "<set to the key 'k' of config map 'm'>  Optional: false".
std::string shown_value(const EnvVar& variable);

// The rows of a configMap, secret, downwardAPI or projected volume.
void add_content_volume(Page& page, const Volume& volume);

}  // namespace kube
