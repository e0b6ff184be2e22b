// The two languages in which `start` is spoken to and answers.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/shim/wire/common.h"

namespace shim {

// What stands on the standard input of `start`.
struct StartInput {
  bool is_bootstrap = false;  // BootstrapParams, of containerd 2.3 and newer; else only the options, or nothing
  bool debug = false;
  std::string ttrpc_address;  // of containerd's service for events; empty: not said here
  std::string socket_dir;     // where the shim's socket is to be; empty: in the usual place
  wire::Any options;          // the runtime's; without a type: none
};

// BootstrapParams when they name this very container, as containerd's own shims tell them from an Any of options.
// Errors begin "standard input".
Result<StartInput> read_start_input(std::string_view bytes, const std::string& ns, const std::string& id);

// The answer, in the language of the question: BootstrapResult of version 3, or the address alone, which all of
// containerd 1.6 to 2.2 take.
std::string start_reply(const StartInput& input, const std::string& address);

}  // namespace shim
