// Unpacks one layer into a folder, in the form that overlayfs takes as a lower directory.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "sandbox/images/tar.h"

namespace images {

// Makes every entry of the tar below `root`, an empty directory that nobody else changes meanwhile. The archive is
// taken for hostile: names are resolved by the kernel below `root` through no symbolic link (openat2, RESOLVE_BENEATH |
// RESOLVE_NO_SYMLINKS); "..", ids that do not fit and hard links to what the layer does not hold are errors; of
// extended attributes only security.capability and user.* are taken: trusted.overlay.* would be orders to the kernel.
// Whiteouts (image-spec layer.md) become overlayfs's: a device 0:0 in place of ".wh.NAME", the attribute
// trusted.overlay.opaque in place of ".wh..wh..opq".
struct Extracted {
  uint64_t bytes = 0;             // of the files' data
  std::set<std::string> implied;  // folders that the archive does not list but puts something into ("var/lib")
};
Result<Extracted> extract_layer(Tar& tar, int root);

}  // namespace images
