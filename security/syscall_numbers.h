// Numbers of system calls by name, for every set of numbers that libseccomp knows. Private to security/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "security/seccomp_names.h"

namespace security {

// How a process of an ABI can make one system call: by a number of its own, by socketcall(2) or ipc(2), which take the
// call's number as their first argument, by both, or not at all.
struct SyscallNumbers {
  std::optional<uint32_t> direct;
  std::optional<uint32_t> multiplexer;
  uint32_t subcall = 0;
  uint32_t subcall_mask = 0;  // the bits of the first argument that choose the call

  bool is_callable() const { return direct || multiplexer; }
};

// Empty when the name is no system call of any architecture, as far as this build knows.
std::optional<SyscallNumbers> find_syscall(const Abi& abi, const std::string& name);

}  // namespace security
