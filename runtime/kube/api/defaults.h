// What the API server fills in.
#pragma once

#include <string>
#include <string_view>

#include "runtime/kube/api/pod.h"

namespace kube {

// Fills what the manifest left out: namespace, restartPolicy Always, 30 seconds of grace, imagePullPolicy by the tag,
// a request for every limit, protocols, volumes without a source as emptyDir, and so on. uid and times are the
// caller's.
void set_defaults(Pod& pod);

// The value where none is given.
void fill(std::string& text, std::string_view value);

// Always for a reference with the tag "latest" or without tag and digest, else IfNotPresent.
std::string_view default_pull_policy(std::string_view image);

}  // namespace kube
