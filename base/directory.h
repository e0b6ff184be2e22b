// Directories that are read entry by entry.
#pragma once

#include <dirent.h>

#include <memory>

#include "base/descriptor.h"

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

// The entries of an open directory, for readdir(3), which closes it in the end. Null when it is not open, or no
// directory to read: errno is of what has failed.
Directory read_directory(Fd directory);
