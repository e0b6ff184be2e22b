// Hooks that run in the runtime's namespaces.
#pragma once

#include <string_view>

#include "runtime/oci/spec.h"

namespace lifecycle {

// Runs a program as a hook is run: this text on its stdin, with its own environment and time. Its exit status, the
// signal that ended it, or its timeout are errors, with the last line it wrote to stderr.
Result<> run_hook(const sandbox::Hook& hook, const std::string& input);

// Runs the hooks one after the other, the state on their stdin. Stops at the first that fails: its exit status, the
// signal, or its timeout, with the last line it wrote to stderr. `name` is the field: "hooks.createRuntime".
Result<> run_hooks(std::string_view name, const std::vector<sandbox::Hook>& hooks, const std::string& state);

// The same for poststop, where the spec has every hook run and failures warned about.
void run_all_hooks(std::string_view name, const std::vector<sandbox::Hook>& hooks, const std::string& state);

}  // namespace lifecycle
