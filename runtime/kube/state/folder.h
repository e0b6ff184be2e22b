// Names in a folder.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace kube {

// Sorted, without those that begin with a dot; none when the folder is not there.
Result<std::vector<std::string>> list_names(const std::string& path);

// The same with hidden ones, but not "." and "..".
Result<std::vector<std::string>> list_all_names(const std::string& path);

}  // namespace kube
