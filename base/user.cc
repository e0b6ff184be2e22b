#include "base/user.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

bool in_user_namespace() {
  constexpr ino_t kFirst = 0xEFFFFFFD;  // PROC_USER_INIT_INO, linux/proc_ns.h
  struct stat info{};
  return stat("/proc/self/ns/user", &info) == 0 && info.st_ino != kFirst;
}

bool acts_for_user() {
  if (geteuid() != 0) return true;
  const char* directory = getenv("XDG_RUNTIME_DIR");
  return directory != nullptr && *directory != 0 && in_user_namespace();
}
