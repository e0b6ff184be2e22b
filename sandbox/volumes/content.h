// Volumes made of texts: files that change all at once, in the layout of the kubelet's atomic writer, which programs
// know and watch:
//
//   ..2026_11_26_04_43_27.123456789/keys/name     the files
//   ..data -> ..2026_11_26_04_43_27.123456789     one rename of this link changes all of them
//   keys -> ..data/keys                           what the volume shows
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace volumes {

struct ContentFile {
  std::string path;  // relative, in the volume
  std::string bytes;
  mode_t mode = 0644;
  std::optional<uid_t> owner = {};
};

struct Content {
  std::vector<ContentFile> files;
  std::optional<gid_t> group = {};  // fsGroup: it may read every file and enter every folder
};

// What is wrong with the paths: empty, absolute, "..", a first part that begins with ".." (those names are the
// layout's), parts too long for a file's name, one path twice or below another.
Result<> check_paths(const Content& content);

// Makes the volume in the open directory show the content. Who reads at the same time sees all of the old or all of the
// new files. False when it was so already. A failure leaves what was there; wherever we are killed, the next call
// clears up.
Result<bool> write_content(int directory, const Content& content);

}  // namespace volumes
