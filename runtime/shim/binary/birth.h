// How the shim comes into the world: a process of its own session that has nothing of its starter's but the
// environment.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace shim {

constexpr int kListening = 3;  // where containerd's shims are given their socket

struct Birth {
  std::vector<std::string> words;  // what stands behind the program's name
  int listening = -1;              // becomes descriptor 3
  int log = -1;                    // becomes 1 and 2; 0 is /dev/null
  std::string bundle;              // its directory
  std::string cgroup;              // that it enters, below the cgroup v2 mount; empty: it stays
  bool core_scheduling = false;    // with a cookie of its own: no other pod runs beside it on a core (prctl(2))
};

// Runs this very program anew, as a child. When it returns, the new one is running. Errors begin "shim: ".
Result<pid_t> give_birth(const Birth& birth);

}  // namespace shim
