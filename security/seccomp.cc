#include "security/seccomp.h"

#include <linux/bpf_common.h>
#include <linux/seccomp.h>

#include <algorithm>

#include "base/text.h"
#include "security/filter_code.h"
#include "security/seccomp_rules.h"

namespace security {
namespace {

bool allows_all(const CheckedProfile& profile) {
  return profile.default_action == SECCOMP_RET_ALLOW &&
         std::ranges::all_of(profile.rules, [](const CheckedRule& rule) { return rule.action == SECCOMP_RET_ALLOW; });
}

}  // namespace

Result<SeccompProgram> compile(const SeccompProfile& profile) {
  return compile(TRY(check_profile(profile)));
}

Result<SeccompProgram> compile(const CheckedProfile& checked) {
  SeccompProgram program{.filter = {}, .filter_flags = checked.flags, .notifies = checked.notifies};
  // Numbers mean other calls in an architecture that the profile does not list, so nothing of it may pass, unless there
  // is nothing to keep out.
  if (allows_all(checked)) {
    program.filter = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    return program;
  }
  constexpr uint32_t kForeignAction = SECCOMP_RET_KILL_PROCESS;
  program.filter = generate_filter(resolve_rules(checked, kForeignAction), kForeignAction);
  if (program.filter.size() > BPF_MAXINSNS)
    return fail(cat("linux.seccomp: the profile comes to ", program.filter.size(),
                    " instructions; the kernel takes at most ", BPF_MAXINSNS));
  return program;
}

}  // namespace security
