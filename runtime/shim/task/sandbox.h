// A pod's sandbox that the shim keeps itself, without a task: one process that holds the pod's namespaces.
#pragma once

#include <memory>
#include <string>

#include "runtime/shim/sandbox/pod_spec.h"
#include "runtime/shim/task/task.h"

namespace shim {

struct Sandbox {
  Pod pod;
  std::string root;            // of the lifecycle's states
  std::string pause_root;      // the directory with its program
  int64_t created_at = 0;      // nanoseconds since 1970
  std::string metrics_cgroup;  // the pod's, or its own when the pod has none; empty: not started
  Process process;
  bool is_being_shut_down = false;
};

// Answers those who wait for its end, when that is known and may be told.
void tell_end(const std::shared_ptr<Sandbox>& sandbox);

}  // namespace shim
