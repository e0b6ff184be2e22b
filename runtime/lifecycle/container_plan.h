// From a config to the plan of a container: the table of contents of how a container starts.
#pragma once

#include "runtime/lifecycle/lifecycle.h"
#include "sandbox/launch.h"
#include "sandbox/plan.h"
#include "sandbox/plan_mounts.h"
#include "security/label.h"
#include "security/seccomp_rules.h"

namespace lifecycle {

struct ContainerPlan {
  sandbox::Plan child;
  sandbox::LaunchOptions launch;
  cgroups::Hierarchy hierarchy;
  cgroups::Location cgroup;
  std::optional<cgroups::RdtPlan> rdt;
  cgroups::Plan limits;                             // in force before the child is born
  std::optional<security::CheckedProfile> profile;  // of the spec's seccomp; points into it
  cgroups::Plan devices;                            // the device program alone: attached while the child is under way

  // Whether the child can be told that all is done for it before it asks: no barrier comes before that.
  bool settled_in_advance = false;

  // Slots whose descriptors come to be only with the container; -1: not needed.
  int16_t start_socket = -1, console = -1, hook_state = -1, hook_output = -1, seccomp = -1;
};

// Works out everything; makes nothing. All that can fail on input fails here.
Result<ContainerPlan> plan_container(const CreateOptions& options, const oci::Spec& spec);

// What mounts have to know of the container, all but its cgroup. Relative sources begin at `bundle`.
sandbox::MountContext mount_context(const oci::Spec& spec, const std::string& bundle);

// Labels of a process as writes below /proc/self, and for SELinux what goes before the keyring is made.
Result<std::vector<security::AttributeWrite>> plan_labels(const sandbox::Process& process);

// The capabilities of a process as far as they can be granted; the others are warned about (config.md, ¹·¹).
Result<security::Capabilities> plan_capabilities(const sandbox::Process& process, bool user_namespace);

// Whether the parent changes how the process is scheduled, or its oom_score_adj, at Barrier::settled: at the last
// moment, so that the making of the container is not slowed by it, and once the child has its own memory.
bool is_scheduled(const sandbox::Process& process);

}  // namespace lifecycle
