// SELinux labels of what a container may write.
#pragma once

#include <string>

#include "base/result.h"

namespace kube {

// Gives the folder or file at `path`, which only root can change, and all that is below it the label, each by its
// folder's descriptor and never through a symlink, since a pod may be changing the tree meanwhile. Other file systems
// below it are not entered; one that has no labels is left as it is. Nothing to do with an empty label.
Result<> label_tree(const std::string& path, const std::string& label);

}  // namespace kube
