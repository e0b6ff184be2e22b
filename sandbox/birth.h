// The clone that becomes a child: from clone3 to execveat.
#pragma once

#include <array>
#include <vector>

#include "base/pidfd.h"

namespace sandbox {

// All that the clone needs, worked out beforehand. The clone shares our memory while we go on, so this object must
// live, unchanged, until the child has executed its program or is dead.
struct Birth {
  int program = -1, image = -1, socket = -1;  // descriptors
  int parents_socket = -1;                    // the other end of the socket
  int keep_fds = 3;                           // descriptors below go to the container as they are
  bool await_maps = false;                    // waits for a byte, then becomes root of its new user namespace
  std::array<int, 3> stdio = {-1, -1, -1};
  std::vector<int> slots;  // the plan's descriptors
  char image_number[12] = {}, socket_number[12] = {};
  alignas(16) std::array<char, 16384> stack = {};
};

// Clones with the namespaces (CLONE_NEW…) into the cgroup (-1: ours). Neither copies our page tables (CLONE_VM) nor
// stops us (no CLONE_VFORK): the child is under way while we do our part.
Result<Pidfd> give_birth(Birth& birth, uint64_t namespaces, int cgroup);

}  // namespace sandbox
