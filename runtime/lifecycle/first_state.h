// What is known of a container before anything of it exists: on disk first, so that a creation that is killed at any
// moment can be undone whole.
#pragma once

#include "runtime/lifecycle/container_plan.h"
#include "runtime/oci/state.h"

namespace lifecycle {

// All but the cgroup and the process.
oci::State first_state(const CreateOptions& options, const oci::Spec& spec);

// Where the cgroup will be, and how many directories above it will have to be made. The Intel RDT groups: for exec,
// which joins them, and for delete, which removes those that were made.
void set_groups(oci::State& state, const ContainerPlan& plan);

}  // namespace lifecycle
