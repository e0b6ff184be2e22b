// Copies of file trees, for where overlayfs cannot join the layers.
#pragma once

#include "base/result.h"

namespace images {

// Lays a layer in overlayfs form over the tree at `to`: whiteouts remove, opaque folders replace, all else is copied
// with owner, mode, time, hard links, holes and the extended attributes that images may have. Nobody else may change
// either.
Result<> copy_layer(int from, int to);

}  // namespace images
