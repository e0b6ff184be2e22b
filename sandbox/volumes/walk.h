// Going through a tree that hostile processes may be changing at the same time.
#pragma once

#include <functional>

#include "base/descriptor.h"

namespace volumes {

// Something in the open directory `dir`. `type`: DT_… of <dirent.h>, never DT_UNKNOWN.
struct Entry {
  int dir;
  const char* name;
  unsigned char type;
};

// Calls `visit` for everything below the directory, itself not included; a directory comes after what is in it. No
// symlink is followed, no other mount entered or visited; what disappears meanwhile is passed over. However deep the
// tree is, few descriptors are open. Errors: of `visit`; ESTALE when a deep directory was moved elsewhere meanwhile.
Result<> walk_tree(int top, const std::function<Result<>(const Entry&)>& visit);

}  // namespace volumes
