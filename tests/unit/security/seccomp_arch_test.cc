// Every architecture of the spec: its calls are judged by its own numbers, in a program that this machine compiles.
#include <doctest/doctest.h>
#include <linux/audit.h>

#include "security/seccomp.h"
#include "tests/unit/security/bpf_interpreter.h"

namespace {

constexpr uint32_t kShEl = 42 | __AUDIT_ARCH_LE, kShEb = 42, kM68k = 4,
                   kLoongArch = 258 | __AUDIT_ARCH_64BIT | __AUDIT_ARCH_LE;

struct Architecture {
  const char* name;
  uint32_t audit;
  uint32_t mkdirat;  // its number there, from the kernel's tables
  bool is_new;       // libseccomp knows it from 2.6 on (the spec names it since 1.2.1)
};

constexpr Architecture kArchitectures[] = {
    {"SCMP_ARCH_X86", AUDIT_ARCH_I386, 296, false},
    {"SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64, 258, false},
    {"SCMP_ARCH_X32", AUDIT_ARCH_X86_64, 0x40000000 + 258, false},
    {"SCMP_ARCH_ARM", AUDIT_ARCH_ARM, 323, false},
    {"SCMP_ARCH_AARCH64", AUDIT_ARCH_AARCH64, 34, false},
    {"SCMP_ARCH_MIPS", AUDIT_ARCH_MIPS, 4289, false},
    {"SCMP_ARCH_MIPS64", AUDIT_ARCH_MIPS64, 5248, false},
    {"SCMP_ARCH_MIPS64N32", AUDIT_ARCH_MIPS64N32, 6252, false},
    {"SCMP_ARCH_MIPSEL", AUDIT_ARCH_MIPSEL, 4289, false},
    {"SCMP_ARCH_MIPSEL64", AUDIT_ARCH_MIPSEL64, 5248, false},
    {"SCMP_ARCH_MIPSEL64N32", AUDIT_ARCH_MIPSEL64N32, 6252, false},
    {"SCMP_ARCH_PPC", AUDIT_ARCH_PPC, 287, false},
    {"SCMP_ARCH_PPC64", AUDIT_ARCH_PPC64, 287, false},
    {"SCMP_ARCH_PPC64LE", AUDIT_ARCH_PPC64LE, 287, false},
    {"SCMP_ARCH_S390", AUDIT_ARCH_S390, 289, false},
    {"SCMP_ARCH_S390X", AUDIT_ARCH_S390X, 289, false},
    {"SCMP_ARCH_PARISC", AUDIT_ARCH_PARISC, 276, false},
    {"SCMP_ARCH_PARISC64", AUDIT_ARCH_PARISC64, 276, false},
    {"SCMP_ARCH_RISCV64", AUDIT_ARCH_RISCV64, 34, false},
    {"SCMP_ARCH_LOONGARCH64", kLoongArch, 34, true},
    {"SCMP_ARCH_M68K", kM68k, 289, true},
    {"SCMP_ARCH_SH", kShEl, 296, true},
    {"SCMP_ARCH_SHEB", kShEb, 296, true},
};

}  // namespace

// @shows linux.seccomp.architectures.SCMP_ARCH_{ARM,AARCH64,MIPS,MIPS64,MIPS64N32,MIPSEL,MIPSEL64}
// @shows linux.seccomp.architectures.SCMP_ARCH_{MIPSEL64N32,PPC,PPC64,PPC64LE,S390,S390X,PARISC}
// @shows linux.seccomp.architectures.SCMP_ARCH_{PARISC64,RISCV64,LOONGARCH64,M68K,SH,SHEB}
TEST_CASE("seccomp: calls of every architecture of the spec are judged by its own numbers") {
  for (const auto& architecture : kArchitectures) {
    CAPTURE(architecture.name);
    security::SeccompProfile profile;
    profile.default_action = "SCMP_ACT_ALLOW";
    profile.architectures = {architecture.name};
    profile.rules = {{{"mkdirat"}, "SCMP_ACT_ERRNO", 77, {}}};
    const auto compiled = security::compile(profile);
    if (!compiled) {  // a libseccomp that is older than the name: said, not passed over
      CHECK(architecture.is_new);
      CHECK(compiled.error().text().find(architecture.name) != std::string::npos);
      continue;
    }
    CHECK(evaluate(compiled->filter, architecture.audit, architecture.mkdirat) == (SECCOMP_RET_ERRNO | 77));
    CHECK(evaluate(compiled->filter, architecture.audit, architecture.mkdirat + 1) == SECCOMP_RET_ALLOW);
  }
}
