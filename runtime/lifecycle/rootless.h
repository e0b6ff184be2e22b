// What an ordinary user, or root of a user namespace, cannot have, and what then takes its place.
#pragma once

#include "base/result.h"
#include "runtime/lifecycle/lifecycle.h"
#include "sandbox/plan.h"

namespace lifecycle {

// Answers `asked`; `automatic` means: an ordinary user, or in a user namespace. Asks the kernel, so it is called only
// where something was refused.
bool is_rootless(Rootless asked);

// True for the errors by which the kernel says that a cgroup is not ours to make, enter or change.
bool is_refusal(const Error& error);

// The same error, with the field that asked for a limit, and what an ordinary user can do about it.
Error without_delegation(const std::string& field, Error error);

// How readily the kernel kills the process when memory runs out (process.oomScoreAdj). Root's children get it from
// outside, also into a user namespace, where they could not lower it: the second function does that, once the child has
// executed the init, since before that it shares our memory, and the kernel would set the score of us both. A user's
// child raises it itself, because it may be another user by then; what would lower it is left as it is (rootless).
void plan_oom_score(sandbox::Plan& plan, const sandbox::Process& process, Rootless rootless);
Result<> write_oom_score(pid_t pid, const sandbox::Process& process, Rootless rootless);

}  // namespace lifecycle
