// What one line of `get pods` says of a pod (kubectl, printPod).
#pragma once

#include <cstdint>
#include <string>

#include "runtime/kube/api/pod.h"

namespace kube {

struct PodSummary {
  int64_t ready = 0, total = 0;  // containers and sidecars
  // Running, Pending, ContainerCreating, Init:1/2, CrashLoopBackOff, OOMKilled, Error, Completed, NotReady, Signal:9,
  // ExitCode:3, Terminating … by kubectl's order of precedence.
  std::string status;
  // Of the init containers while they are at work, then of all others.
  int64_t restarts = 0;
  Time last_restart;
};

PodSummary summarize_pod(const Pod& pod);

}  // namespace kube
