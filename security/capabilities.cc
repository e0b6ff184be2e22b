#include "security/capabilities.h"

#include <linux/capability.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/text.h"

namespace security {
namespace {

constexpr std::string_view kPrefix = "CAP_";
constexpr unsigned kMaskBits = 64;

constexpr CapabilityMask bit(unsigned number) {
  return CapabilityMask{1} << number;
}

struct Free {
  void operator()(char* name) const { cap_free(name); }
};

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool is_word(std::string_view name) {
  return std::ranges::all_of(name, [](char c) { return (c >= 'A' && c <= 'Z') || c == '_'; });
}

// A number that libcap has no name for and the kernel knows.
std::optional<unsigned> parse_nameless(std::string_view digits) {
  auto number = parse_number<unsigned>(digits);
  if (!number || *number <= CAP_LAST_CAP || *number >= kMaskBits || (digits.size() > 1 && digits[0] == '0'))
    return std::nullopt;
  if ((all_capabilities() & bit(*number)) == 0) return std::nullopt;
  return number;
}

CapabilityMask bits_read_by(int operation, unsigned long argument) {
  CapabilityMask mask = 0;
  for (unsigned number = 0; number < kMaskBits; number++) {
    int held = operation == PR_CAPBSET_READ ? prctl(operation, number) : prctl(operation, argument, number, 0, 0);
    if (held < 0) break;  // EINVAL: beyond the last one
    if (held > 0) mask |= bit(number);
  }
  return mask;
}

}  // namespace

std::optional<unsigned> parse_capability(std::string_view name) {
  if (!name.starts_with(kPrefix)) return std::nullopt;
  std::string_view rest = name.substr(kPrefix.size());
  // cap_from_name() takes either case, a bare number, and anything after a space: the spec takes none of them.
  if (rest.empty()) return std::nullopt;
  if (!is_word(rest)) return parse_nameless(rest);
  cap_value_t number = -1;
  if (cap_from_name(std::string(name).c_str(), &number) < 0 || number < 0) return std::nullopt;
  return static_cast<unsigned>(number);
}

std::string name_capability(unsigned number) {
  std::unique_ptr<char, Free> found(cap_to_name(static_cast<cap_value_t>(number)));
  if (!found || std::string_view(found.get()).substr(0, kPrefix.size()) != "cap_") return cat(kPrefix, number);
  std::string name = found.get();
  std::ranges::transform(name, name.begin(), upper);
  return name;
}

std::vector<std::string> describe(CapabilityMask mask) {
  std::vector<std::string> names;
  for (unsigned number = 0; number < kMaskBits; number++) {
    if ((mask & bit(number)) != 0) names.push_back(name_capability(number));
  }
  return names;
}

CapabilityMask all_capabilities() {
  // The kernel answers for what it knows, held or not, and refuses what it does not: the same as cap_last_cap, without
  // the need of a procfs.
  auto last = std::max(0, cap_max_bits() - 1);
  return last >= 63 ? ~CapabilityMask{0} : bit(static_cast<unsigned>(last) + 1) - 1;
}

CapabilityMask default_capabilities() {
  return bit(CAP_CHOWN) | bit(CAP_DAC_OVERRIDE) | bit(CAP_FSETID) | bit(CAP_FOWNER) | bit(CAP_MKNOD) |
         bit(CAP_NET_RAW) | bit(CAP_SETGID) | bit(CAP_SETUID) | bit(CAP_SETFCAP) | bit(CAP_SETPCAP) |
         bit(CAP_NET_BIND_SERVICE) | bit(CAP_SYS_CHROOT) | bit(CAP_KILL) | bit(CAP_AUDIT_WRITE);
}

Result<Capabilities> held_capabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3] = {};
  if (syscall(SYS_capget, &header, words) < 0) return fail_errno(errno, "capget");
  auto join_words = [](uint32_t low, uint32_t high) { return CapabilityMask{high} << 32 | low; };
  Capabilities held;
  held.effective = join_words(words[0].effective, words[1].effective);
  held.permitted = join_words(words[0].permitted, words[1].permitted);
  held.inheritable = join_words(words[0].inheritable, words[1].inheritable);
  held.bounding = bits_read_by(PR_CAPBSET_READ, 0);
  // Ambient ones are inheritable too: mostly none, and 41 calls saved.
  if (held.inheritable != 0) held.ambient = bits_read_by(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET);
  return held;
}

Capabilities held_in_new_user_namespace() {
  CapabilityMask all = all_capabilities();
  return {.bounding = all, .effective = all, .inheritable = 0, .permitted = all, .ambient = 0};
}

CapabilityPlan plan(const Capabilities& asked, const Capabilities& held) {
  CapabilityPlan plan;
  Capabilities& apply = plan.apply;
  // The bounding set can only be dropped from; permitted and effective can only shrink (cap_capset() in
  // security/commoncap.c).
  apply.bounding = asked.bounding & held.bounding;
  apply.permitted = asked.permitted & held.permitted;
  apply.effective = asked.effective & apply.permitted;
  // Inheritable may grow, by what is permitted, and within the bounding set, which is the new one by then.
  apply.inheritable = asked.inheritable & (held.inheritable | (held.permitted & apply.bounding));
  apply.ambient = asked.ambient & apply.permitted & apply.inheritable;
  CapabilityMask left_out = (asked.bounding & ~apply.bounding) | (asked.permitted & ~apply.permitted) |
                            (asked.effective & ~apply.effective) | (asked.inheritable & ~apply.inheritable) |
                            (asked.ambient & ~apply.ambient);
  plan.ungrantable = describe(left_out);
  return plan;
}

}  // namespace security
