// Places below a volume. Containers that can write the volume may be changing it at the same time, so the kernel
// resolves the path from the volume's descriptor: symlinks may lead around inside, never out (CVE-2017-1002101,
// CVE-2021-25741).
#pragma once

#include <string>

#include "base/descriptor.h"

namespace volumes {

// The place, O_PATH. `path` is relative. Errors: ENOENT; EXDEV when the path leads out of the volume; ELOOP.
Result<Fd> open_sub_path(int volume, const std::string& path);

// As above; what is missing is made as directories, the last with the mode of the volume's own.
Result<Fd> make_sub_path(int volume, const std::string& path);

}  // namespace volumes
