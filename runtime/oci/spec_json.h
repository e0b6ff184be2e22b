// A Spec as the text of a config.json: for containers whose config is worked out in memory, and for whoever wants to
// see what a container was really asked to be.
#pragma once

#include <string>

#include "runtime/oci/spec.h"

namespace oci {

// Indented, ends in a newline. read_spec() of it gives the same Spec. What was not given is left out.
std::string spec_to_json(const Spec& spec);

}  // namespace oci
