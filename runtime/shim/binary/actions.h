// What containerd runs the program for (containerd, "Runtime v2"). Each action is a process of its own; `serve` is the
// one that lives as long as the pod.
#pragma once

#include <string>

#include "base/result.h"

namespace shim {

// The command line.
struct Call {
  std::string ns, id;   // of the container that the call is about
  std::string address;  // of containerd's own socket: a part of the shim's address
  std::string bundle;   // absolute; containerd before 2.3 runs `start` in it, and does not name it
  std::string socket;   // where to serve; empty: on descriptor 3
  bool debug = false;
};

// `start`: finds the shim of the container's pod, or gives birth to it, and says on standard output where it listens.
// Standard input has options. Nothing else is printed: containerd reads both outputs as one.
Result<> run_start(const Call& call);

// `delete`: the shim has died. Takes away what is left of the container, from the disk alone, and says how it ended.
Result<> run_delete(const Call& call);

// `-info`: what this runtime can do.
Result<> run_info();

// `-v`
Result<> run_version();

// No action: the shim itself.
Result<> run_daemon(const Call& call);

}  // namespace shim
