// What the parts of a supervisor work on together.
#pragma once

#include <string>

#include "base/descriptor.h"
#include "base/loop.h"
#include "cgroups/hierarchy.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/sandbox/container_spec.h"
#include "runtime/kube/state/allocation.h"
#include "runtime/kube/state/event_log.h"
#include "runtime/kube/state/place.h"
#include "runtime/kube/tokens/pod_tokens.h"

namespace kube {

struct PodState {
  Place place;
  Pod pod;
  std::string dir;  // of the record
  Allocation allocation;
  PodContext context;
  PodTokens tokens;
  cgroups::Hierarchy hierarchy;
  Fd host_mounts;  // the mount namespace that the supervisor came from
  EventLog events;
  Loop loop;
  bool is_changed = true;       // pod.json is to be written
  bool is_terminating = false;  // nothing is started any more
  bool has_sandbox = false;

  // As the kubelet, which looks for ended containers once a second: what a container ended with can be seen before it
  // starts again.
  static constexpr int64_t kSyncPeriod = 1000;
};

}  // namespace kube
