// Binds that a container got after it was made (`nacelle mounts add`), as its state keeps them for checkpoint and
// restore: the mount table alone does not tell where on the host they begin.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/oci/state.h"

namespace lifecycle {

// Notes the binds of a list in the state; other kinds of mounts criu knows by itself. Strikes them out again.
void remember_binds(oci::State& state, const std::vector<sandbox::Mount>& mounts);
void remember_bind(oci::State& state, const std::string& destination, const std::string& source);
void forget_binds(oci::State& state, const std::vector<sandbox::Mount>& mounts);

// Their destinations and sources, both absolute. No source: one whose ids are mapped, which criu cannot put back.
std::vector<std::pair<std::string, std::string>> live_binds(const oci::State& state);

}  // namespace lifecycle
