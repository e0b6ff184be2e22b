// The `seccomp` object, compiled: the program is one that the kernel would take.
#include <linux/filter.h>

#include "base/text.h"
#include "runtime/oci/spec.h"
#include "security/seccomp.h"
#include "tests/fuzz/fuzz.h"

namespace {

constexpr std::string_view kBefore =
    R"({"ociVersion":"1.0.2","root":{"path":"rootfs"},"process":{"args":["sh"],"cwd":"/",
"user":{"uid":0,"gid":0}},"linux":{"namespaces":[{"type":"mount"}],"seccomp":)";

// Every jump goes forward and stays inside, the last instruction returns: what bpf_check_classic() of the kernel asks.
bool is_valid(const std::vector<sock_filter>& program) {
  if (program.empty() || program.size() > BPF_MAXINSNS || BPF_CLASS(program.back().code) != BPF_RET) return false;
  for (size_t i = 0; i < program.size(); i++) {
    const sock_filter& step = program[i];
    if (BPF_CLASS(step.code) != BPF_JMP) continue;
    const size_t left = program.size() - i - 1;
    const bool always = BPF_OP(step.code) == BPF_JA;
    if (always ? step.k >= left : step.jt >= left || step.jf >= left) return false;
  }
  return true;
}

}  // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto read = oci::read_spec(cat(kBefore, fuzz::text_of(data, size), "}}"), "/bundle");
  const auto* spec = fuzz::value_of(read);
  if (!spec || !spec->seccomp) return 0;
  const auto compiled = security::compile(*spec->seccomp);
  if (const auto* program = fuzz::value_of(compiled))
    fuzz::demand(is_valid(program->filter), "the kernel takes the filter");
  return 0;
}
