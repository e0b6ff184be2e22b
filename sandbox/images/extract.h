// Unpacks one layer into a folder, in the form that overlayfs takes as a lower directory.
#pragma once

#include <cstdint>

#include "sandbox/images/tar.h"

namespace images {

// Makes every entry of the tar below `root`, an empty directory that nobody else changes meanwhile. The archive is
// taken for hostile: names are resolved by the kernel below `root` through no symbolic link (openat2, RESOLVE_BENEATH |
// RESOLVE_NO_SYMLINKS); "..", ids that do not fit and hard links to what the layer does not hold are errors; of
// extended attributes only security.capability and user.* are taken: trusted.overlay.* would be orders to the kernel.
// Whiteouts (image-spec layer.md) become overlayfs's: a device 0:0 in place of ".wh.NAME", the attribute
// trusted.overlay.opaque in place of ".wh..wh..opq". Gives the bytes of the files' data.
Result<uint64_t> extract_layer(Tar& tar, int root);

}  // namespace images
