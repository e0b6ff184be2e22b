// <store>/index.json: which images there are and what they are called. The configs are read from their own files.
#pragma once

#include <string>
#include <vector>

#include "runtime/kube/images/images.h"

namespace images {

// Without the configs; no file yet means no images. Errors name the place in the file.
Result<std::vector<Image>> read_index(const Store& store);

// Replaces the file at once. The store must be locked.
Result<> write_index(const Store& store, const std::vector<Image>& images);

// Forgets images without a name that no container uses, then removes all that no image has. The store must be locked.
Result<> remove_unused(const Store& store);

// Fills Image::config from the store.
Result<> read_config_of(const Store& store, Image& image);

}  // namespace images
