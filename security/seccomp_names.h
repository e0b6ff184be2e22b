// The words of config-linux.md, Seccomp, and what they stand for in the kernel. Private to security/.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace security {

// SECCOMP_RET_… without its data, of "SCMP_ACT_…".
std::optional<uint32_t> parse_action(std::string_view name);

// ERRNO and TRACE carry a number in their low 16 bits.
bool takes_errno(uint32_t action);

// True when the running kernel has seccomp(2) and filters.
bool has_seccomp_filters();

// True when such a kernel has the action too. Asks it only about those that came later than filters.
bool is_action_available(uint32_t action);

enum class Comparison { not_equal, less, less_equal, equal, greater_equal, greater, masked_equal };

// Of "SCMP_CMP_…".
std::optional<Comparison> parse_comparison(std::string_view name);

// A set of system call numbers: what the spec calls an architecture.
struct Abi {
  uint32_t token = 0;       // libseccomp's name for it
  uint32_t audit_arch = 0;  // seccomp_data.arch; x32 shares it with x86-64
  bool is_64bit = false;    // arguments are compared whole; else only their low 32 bits mean anything
  bool is_big_endian = false;
};

// Of "SCMP_ARCH_…"; empty for what the spec or the libseccomp at hand does not know.
std::optional<Abi> parse_architecture(std::string_view name);
// True when the spec knows it, whatever libseccomp does.
bool is_architecture(std::string_view name);
Abi native_abi();

// SECCOMP_FILTER_FLAG_… of its name in the spec.
std::optional<uint32_t> parse_flag(std::string_view name);

// True when the running kernel takes the flag.
bool is_flag_available(uint32_t flag);

}  // namespace security
