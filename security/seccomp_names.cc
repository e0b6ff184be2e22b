#include "security/seccomp_names.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <vector>

#include "base/text.h"
#include "security/seccomp.h"

namespace security {
namespace {

template <class T>
struct Word {
  const char* name;
  T value;
};

constexpr Word<uint32_t> kActions[] = {
    {"SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS},
    {"SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD},
    {"SCMP_ACT_TRAP", SECCOMP_RET_TRAP},
    {"SCMP_ACT_ERRNO", SECCOMP_RET_ERRNO},
    {"SCMP_ACT_TRACE", SECCOMP_RET_TRACE},
    {"SCMP_ACT_ALLOW", SECCOMP_RET_ALLOW},
    {"SCMP_ACT_LOG", SECCOMP_RET_LOG},
    {"SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF},
};

constexpr Word<Comparison> kComparisons[] = {
    {"SCMP_CMP_NE", Comparison::not_equal},           {"SCMP_CMP_LT", Comparison::less},
    {"SCMP_CMP_LE", Comparison::less_equal},          {"SCMP_CMP_EQ", Comparison::equal},
    {"SCMP_CMP_GE", Comparison::greater_equal},       {"SCMP_CMP_GT", Comparison::greater},
    {"SCMP_CMP_MASKED_EQ", Comparison::masked_equal},
};

constexpr Word<uint32_t> kFlags[] = {
    {"SECCOMP_FILTER_FLAG_TSYNC", SECCOMP_FILTER_FLAG_TSYNC},
    {"SECCOMP_FILTER_FLAG_LOG", SECCOMP_FILTER_FLAG_LOG},
    {"SECCOMP_FILTER_FLAG_SPEC_ALLOW", SECCOMP_FILTER_FLAG_SPEC_ALLOW},
    {"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV},
};

// The value is libseccomp's own name, which says at run time whether it has the numbers.
constexpr Word<const char*> kArchitectures[] = {
    {"SCMP_ARCH_X86", "x86"},         {"SCMP_ARCH_X86_64", "x86_64"},
    {"SCMP_ARCH_X32", "x32"},         {"SCMP_ARCH_ARM", "arm"},
    {"SCMP_ARCH_AARCH64", "aarch64"}, {"SCMP_ARCH_MIPS", "mips"},
    {"SCMP_ARCH_MIPS64", "mips64"},   {"SCMP_ARCH_MIPS64N32", "mips64n32"},
    {"SCMP_ARCH_MIPSEL", "mipsel"},   {"SCMP_ARCH_MIPSEL64", "mipsel64"},
    {"SCMP_ARCH_PPC", "ppc"},         {"SCMP_ARCH_MIPSEL64N32", "mipsel64n32"},
    {"SCMP_ARCH_PPC64", "ppc64"},     {"SCMP_ARCH_PPC64LE", "ppc64le"},
    {"SCMP_ARCH_S390", "s390"},       {"SCMP_ARCH_S390X", "s390x"},
    {"SCMP_ARCH_PARISC", "parisc"},   {"SCMP_ARCH_PARISC64", "parisc64"},
    {"SCMP_ARCH_RISCV64", "riscv64"}, {"SCMP_ARCH_LOONGARCH64", "loongarch64"},
    {"SCMP_ARCH_M68K", "m68k"},       {"SCMP_ARCH_SH", "sh"},
    {"SCMP_ARCH_SHEB", "sheb"},
};

template <class T>
std::optional<T> find(std::span<const Word<T>> words, std::string_view name) {
  for (const auto& word : words) {
    if (word.name == name) return word.value;
  }
  return std::nullopt;
}

Abi abi_of(uint32_t token) {
  constexpr uint32_t kMipsN32 = 0x20000000;  // __AUDIT_ARCH_CONVENTION_MIPS64_N32: 32-bit pointers in a 64-bit arch
  Abi abi{.token = token, .audit_arch = token};
  abi.is_64bit = (token & __AUDIT_ARCH_64BIT) != 0 && (token & kMipsN32) == 0;
  abi.is_big_endian = (token & __AUDIT_ARCH_LE) == 0;
  if (token == SCMP_ARCH_X32) abi.audit_arch = AUDIT_ARCH_X86_64;
  return abi;
}

long seccomp_call(unsigned operation, uint32_t flags, const void* argument) {
  return syscall(SYS_seccomp, operation, flags, argument);
}

}  // namespace

std::optional<uint32_t> parse_action(std::string_view name) {
  return find<uint32_t>(kActions, name);
}

bool takes_errno(uint32_t action) {
  return action == SECCOMP_RET_ERRNO || action == SECCOMP_RET_TRACE;
}

bool has_seccomp_filters() {
  uint32_t allow = SECCOMP_RET_ALLOW;
  return seccomp_call(SECCOMP_GET_ACTION_AVAIL, 0, &allow) == 0;
}

bool is_action_available(uint32_t action) {
  bool is_young = action == SECCOMP_RET_KILL_PROCESS || action == SECCOMP_RET_LOG || action == SECCOMP_RET_USER_NOTIF;
  return !is_young || seccomp_call(SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

std::optional<Comparison> parse_comparison(std::string_view name) {
  return find<Comparison>(kComparisons, name);
}

std::optional<Abi> parse_architecture(std::string_view name) {
  auto word = find<const char*>(kArchitectures, name);
  uint32_t token = word ? seccomp_arch_resolve_name(*word) : 0;
  if (token == 0) return std::nullopt;
  return abi_of(token);
}

bool is_architecture(std::string_view name) {
  return find<const char*>(kArchitectures, name).has_value();
}

Abi native_abi() {
  return abi_of(seccomp_arch_native());
}

std::optional<uint32_t> parse_flag(std::string_view name) {
  return find<uint32_t>(kFlags, name);
}

bool is_flag_available(uint32_t flag) {
  // The kernel looks at the flags before it reads the program: EFAULT means that it knows them all.
  if (flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) flag |= SECCOMP_FILTER_FLAG_NEW_LISTENER;
  return seccomp_call(SECCOMP_SET_MODE_FILTER, flag, nullptr) < 0 && errno == EFAULT;
}

std::vector<std::string> seccomp_actions() {
  return names_of(kActions);
}

std::vector<std::string> seccomp_operators() {
  return names_of(kComparisons);
}

std::vector<std::string> seccomp_architectures() {
  std::vector<std::string> names;
  for (const auto& word : kArchitectures) {
    if (seccomp_arch_resolve_name(word.value) != 0) names.emplace_back(word.name);
  }
  return names;
}

std::vector<std::string> seccomp_flags() {
  return names_of(kFlags);
}

std::vector<std::string> supported_seccomp_flags() {
  std::vector<std::string> names;
  for (const auto& word : kFlags) {
    if (is_flag_available(word.value)) names.emplace_back(word.name);
  }
  return names;
}

std::string libseccomp_version() {
  const scmp_version* version = seccomp_version();
  return version ? cat(version->major, ".", version->minor, ".", version->micro) : "unknown";
}

}  // namespace security
