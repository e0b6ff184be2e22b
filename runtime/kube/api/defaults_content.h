// The API server's defaults in content.h.
#pragma once

#include "runtime/kube/api/pod.h"

namespace kube {

// apiVersion v1, divisor 0.
void set_content_defaults(Container& container);

// The same, defaultMode 0644, and an hour for tokens.
void set_content_defaults(Volume& volume);

}  // namespace kube
