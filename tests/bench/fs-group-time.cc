// fs-group-time FOLDER GROUP [mismatch]: gives a volume to a group, with "mismatch" as for fsGroupChangePolicy
// OnRootMismatch, so that fs_group.py can time it.
#include <fcntl.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/descriptor.h"
#include "sandbox/volumes/ownership.h"

namespace {

Result<> give(int folder, gid_t group, bool only_mismatch) {
  if (only_mismatch && TRY(volumes::is_of_group(folder, group))) return {};
  return volumes::give_to_group(folder, group);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  const Fd folder(open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Result<> given =
      give(folder.get(), static_cast<gid_t>(atoi(arguments[2])), count > 3 && strcmp(arguments[3], "mismatch") == 0);
  if (!given) {
    fprintf(stderr, "fs-group-time: %s\n", given.error().text().c_str());
    return 1;
  }
  return 0;
}
