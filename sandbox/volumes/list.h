// What is in a directory.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace volumes {

// The names in the open directory, sorted, without "." and "..".
Result<std::vector<std::string>> list_directory(int directory);

// How many things that are no directories are below it.
Result<size_t> count_files(int directory);

}  // namespace volumes
