// What create, run and restore have in common: options, and what becomes of a container in the foreground.
#pragma once

#include <functional>

#include "runtime/cli/commands.h"
#include "runtime/lifecycle/lifecycle.h"

namespace cli {

inline constexpr Option kBundle = {"bundle", 'b', "DIR",
                                   "the bundle: config.json and, most often, rootfs (default: .)"};
inline constexpr Option kPidFile = {"pid-file", 0, "FILE", "write the pid of the container's init there"};
inline constexpr Option kConsole = {"console-socket", 0, "PATH",
                                    "send the master of the container's terminal to this socket"};
inline constexpr Option kPidfd = {"pidfd-socket", 0, "PATH", "send a pidfd of the container's init to this socket"};
inline constexpr Option kDetach = {"detach", 'd', "", "do not wait for the container's end"};
inline constexpr Option kNoSubreaper = {"no-subreaper", 0, "", "for callers of runc: nacelle never is a subreaper"};

// The options above that describe the container, its id and the globals.
Result<lifecycle::CreateOptions> read_making(const Call& call);

// Where the terminal goes must be known, and only a terminal that nobody here waits for goes anywhere.
Result<> check_process(const oci::Spec& spec, const std::string& console_socket, bool is_detached);

// Makes the container by `make` and waits for its end; unless it is kept, it is then deleted. Gives the program's exit
// code.
using Make = std::function<Result<lifecycle::Created>(const lifecycle::CreateOptions&, const oci::Spec&)>;
Result<int> run_in_foreground(lifecycle::CreateOptions options, oci::Spec spec, bool keep, const Make& make);

}  // namespace cli
