// Hooks that run in the runtime's namespaces.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/oci/spec.h"
#include "runtime/oci/state.h"
#include "sandbox/plan.h"

namespace lifecycle {

// Runs a program as a hook is run: this text on its stdin, with its own environment and time. Its exit status, the
// signal that ended it, or its timeout are errors, with the last line it wrote to stderr.
Result<> run_hook(const sandbox::Hook& hook, const std::string& input);

// Runs the hooks one after the other, the state on their stdin. Stops at the first that fails: its exit status, the
// signal, or its timeout, with the last line it wrote to stderr. `name` is the field: "hooks.createRuntime".
Result<> run_hooks(std::string_view name, const std::vector<sandbox::Hook>& hooks, const std::string& state);

// The same for poststop, where the spec has every hook run and failures warned about.
void run_all_hooks(std::string_view name, const std::vector<sandbox::Hook>& hooks, const std::string& state);

// The startContainer hooks run in the child, when the plan that names them is gone with its maker: the state keeps
// which operations they are, and their paths.
void remember_start_hooks(oci::State& state, const sandbox::Plan& plan, const std::vector<sandbox::Hook>& hooks);
// "hooks.startContainer[1] '/bin/sh'", when that operation of the plan is one.
std::optional<std::string> name_start_hook(const oci::State& state, uint32_t operation);

}  // namespace lifecycle
