// What a worker does to make a container, and what it tells of it.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/shim/task/task.h"
#include "runtime/shim/wire/common.h"

namespace shim {

// Where the process's input and output go: of a ProcessIo.
struct Ends {
  std::array<int, 3> stdio = {-1, -1, -1};
  int console = -1;

  explicit Ends(const ProcessIo& io) : stdio(io.child_stdio()), console(io.console_socket()) {}
  // Those that are there, for Workers::run.
  std::vector<int> list() const;
};

// What the shim has to know of a container that a worker has made.
struct Made {
  pid_t pid = 0;
  bool is_cgroup_systemd = false, has_own_pids = false;
  std::string cgroup_path;
};
std::string pack(const Made& made);
Result<Made> unpack_made(std::string_view bytes);

// Mounts the root and makes the container; out of a checkpoint only the former, the rest is for restore_container().
// When it fails, nothing is left.
Result<std::string> make_container(const Making& making, const std::vector<wire::Mount>& rootfs, const Ends& ends);

// The container of a checkpoint: it runs when this returns.
Result<std::string> restore_container(const Making& making, const Ends& ends);

}  // namespace shim
