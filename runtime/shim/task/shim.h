// The daemon: serves the tasks of one pod until it is told to end. And what is done about a task whose daemon has died.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace shim {

struct ShimSettings {
  std::string ns, id;
  std::string socket_path;    // of the listening socket, removed at the end
  std::string ttrpc_address;  // of containerd's service for events; empty: nobody wants them
  // Below it, a directory a namespace. A task's options may say otherwise.
  std::string default_root = "/run/containerd/nacelle";
  bool debug = false;
};

// Serves `listening` until Shutdown, SIGTERM or SIGINT. The caller has made 0, 1 and 2 what they are to stay; messages
// go to 2. Becomes a subreaper, and blocks the signals that it waits for.
Result<> serve(const ShimSettings& settings, Fd listening);

// The file of a bundle that names the directory of lifecycle's states, so that the bundle alone is enough to find what
// is left of its container. Written by Create before it makes anything else.
constexpr const char* kRuntimeRootFile = "runtime-root";

// What a container came to that nobody saw end.
struct Remains {
  pid_t pid = 0;  // 0: there was no process
  uint32_t exit_status = 137;
  int64_t exited_at = 0;  // nanoseconds since 1970
};

// Takes away what is left of the container of a bundle: its processes, cgroup and state, and the mounts on its rootfs.
// From the disk alone; nothing left is no error. May take some seconds: not for the daemon itself, but for its workers
// and for `delete`.
Result<Remains> remove_remains(const std::string& bundle, const std::string& id);

}  // namespace shim
