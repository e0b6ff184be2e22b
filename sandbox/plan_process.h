// From the finished sandbox to the program: limits, credentials, labels, seccomp, exec.
#pragma once

#include "sandbox/container.h"
#include "sandbox/plan.h"
#include "security/label.h"

namespace sandbox {

// What the planner cannot know from the Process alone.
struct ProcessContext {
  security::Capabilities capabilities;               // as far as they can be granted (security::plan)
  std::vector<security::AttributeWrite> attributes;  // labels, written below /proc/self
  int16_t proc = -1;                                 // slot of plan_proc(), needed with attributes
  int16_t seccomp = -1;            // slot of the file that gets the program while the child is under way, -1: none
  bool notifies = false;           // that program has a listener, which comes with Barrier::listener
  int16_t start_socket = -1;       // slot of the listening socket of `start`; -1: goes straight to the exec
  bool settle_at_barrier = false;  // the parent has work at Barrier::settled; else it says in advance that it is done
  std::vector<Hook> hooks;         // startContainer
  std::optional<uint32_t> personality;
  std::optional<MemoryPolicy> memory_policy;
  int16_t hook_state = -1;   // slot of the state that hooks read
  int16_t hook_output = -1;  // slot of the file that they write to
};

// A procfs for attributes and sysctls, opened before anything of the container can be in the way. Gives its slot.
int16_t plan_proc(Plan& plan);

// Sysctls of the container's namespaces.
void plan_sysctls(Plan& plan, int16_t proc, const std::vector<Sysctl>& sysctls);

// Hooks that run in the child, in order. `name` is their field in the config: "hooks.createContainer".
void plan_hooks(Plan& plan, std::string_view name, const std::vector<Hook>& hooks, int16_t state, int16_t output);

// Everything from umask to exec.
void plan_process(Plan& plan, const Process& process, const ProcessContext& context);

}  // namespace sandbox
