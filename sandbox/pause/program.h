// The bytes of nacelle-pause, carried inside the programs that make pods, so that no path to it can be wrong.
#pragma once

#include <string_view>

namespace sandbox {

// An executable file that needs nothing else: put it anywhere in a root and execute it.
std::string_view pause_program();

}  // namespace sandbox
