#include "security/capabilities.h"

#include <doctest/doctest.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "base/file.h"
#include "base/text.h"

using security::Capabilities;
using security::CapabilityMask;

namespace {

CapabilityMask bits(std::initializer_list<unsigned> numbers) {
  CapabilityMask mask = 0;
  for (unsigned number : numbers) mask |= CapabilityMask{1} << number;
  return mask;
}

// A line of /proc/self/status, as a mask.
CapabilityMask status_mask(const std::string& name) {
  auto status = read_file("/proc/self/status");
  REQUIRE(status);
  for (const auto& line : split(*status, '\n')) {
    if (line.starts_with(name + ":")) return *parse_number<CapabilityMask>(trimmed(line.substr(name.size() + 1)), 16);
  }
  FAIL("no line " << name);
  return 0;
}

// 0 when the kernel takes the plan as the header says it is to be applied; else the number of the failing step.
int apply(const Capabilities& c) {
  for (unsigned long number = 0; number <= CAP_LAST_CAP; number++) {
    bool stays = (c.bounding >> number & 1) != 0;
    if (!stays && prctl(PR_CAPBSET_DROP, number) < 0) return 1;
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  auto low = [](CapabilityMask m) { return static_cast<uint32_t>(m); };
  auto high = [](CapabilityMask m) { return static_cast<uint32_t>(m >> 32); };
  __user_cap_data_struct data[2] = {{low(c.effective), low(c.permitted), low(c.inheritable)},
                                    {high(c.effective), high(c.permitted), high(c.inheritable)}};
  if (syscall(SYS_capset, &header, data) < 0) return 2;
  for (unsigned long number = 0; number <= CAP_LAST_CAP; number++) {
    bool is_wanted = (c.ambient >> number & 1) != 0;
    if (is_wanted && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0) < 0) return 3;
  }
  return 0;
}

int apply_in_child(const Capabilities& c) {
  pid_t child = fork();
  if (child == 0) _exit(apply(c));
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("capabilities: every name of the kernel's headers has its bit") {
  const std::pair<const char*, unsigned> names[] = {
      {"CAP_CHOWN", CAP_CHOWN},
      {"CAP_NET_ADMIN", CAP_NET_ADMIN},
      {"CAP_SYS_ADMIN", CAP_SYS_ADMIN},
      {"CAP_SETFCAP", 31},
      {"CAP_MAC_OVERRIDE", 32},
      {"CAP_AUDIT_READ", 37},
      {"CAP_PERFMON", 38},
      {"CAP_BPF", 39},
      {"CAP_CHECKPOINT_RESTORE", 40},
  };
  for (const auto& [name, number] : names) {
    CAPTURE(name);
    CHECK(security::parse_capability(name) == number);
    CHECK(security::name_capability(number) == name);
  }
  std::set<std::string> distinct;
  for (unsigned number = 0; number <= CAP_LAST_CAP; number++) {
    std::string name = security::name_capability(number);
    distinct.insert(name);
    CHECK(security::parse_capability(name) == number);
  }
  CHECK(distinct.size() == CAP_LAST_CAP + 1);
  CHECK(security::name_capability(55) == "CAP_55");
}

TEST_CASE("capabilities: only the spec's spelling is taken") {
  for (const char* name :
       {"", "CAP_", "cap_chown", "Cap_CHOWN", "CHOWN", "CAP_CHOWN ", " CAP_CHOWN", "CAP_CHOWN,", "0", "41", "CAP_0",
        "CAP_40", "CAP_63", "CAP_64", "CAP_041", "CAP_-1", "CAP_FOO", "CAP_CHOW", "CAP_ALL"}) {
    CAPTURE(name);
    CHECK_FALSE(security::parse_capability(name));
  }
}

TEST_CASE("capabilities: all that the kernel knows, as cap_last_cap has it") {
  auto last = read_file("/proc/sys/kernel/cap_last_cap");
  REQUIRE(last);
  auto number = parse_number<unsigned>(trimmed(*last));
  REQUIRE(number);
  CHECK(security::all_capabilities() == (CapabilityMask{2} << *number) - 1);
}

TEST_CASE("capabilities: the default set") {
  CHECK(join(security::describe(security::default_capabilities()), " ") ==
        "CAP_CHOWN CAP_DAC_OVERRIDE CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETGID CAP_SETUID CAP_SETPCAP "
        "CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SYS_CHROOT CAP_MKNOD CAP_AUDIT_WRITE CAP_SETFCAP");
}

TEST_CASE("capabilities: what the test itself holds") {
  auto held = security::held_capabilities();
  REQUIRE(held);
  CHECK(held->effective == status_mask("CapEff"));
  CHECK(held->permitted == status_mask("CapPrm"));
  CHECK(held->inheritable == status_mask("CapInh"));
  CHECK(held->bounding == status_mask("CapBnd"));
  CHECK(held->ambient == status_mask("CapAmb"));
}

// @withstands CVE-2022-29162, CVE-2022-27650, CVE-2022-27649, CVE-2022-24769, CVE-2025-27612
TEST_CASE("capabilities: inheritable is never filled") {
  CapabilityMask mask = security::default_capabilities();
  Capabilities asked{.bounding = mask, .effective = mask, .inheritable = 0, .permitted = mask, .ambient = 0};
  auto plan = security::plan(asked, security::held_in_new_user_namespace());
  CHECK(plan.apply.inheritable == 0);
  CHECK(plan.apply.ambient == 0);
  CHECK(plan.apply.bounding == mask);
  CHECK(plan.apply.permitted == mask);
  CHECK(plan.apply.effective == mask);
  CHECK(plan.ungrantable.empty());
}

TEST_CASE("capabilities: what is not held is left out and told") {
  CapabilityMask some = bits({CAP_CHOWN, CAP_KILL, CAP_SETPCAP});
  Capabilities held{.bounding = some, .effective = some, .inheritable = 0, .permitted = some, .ambient = 0};
  CapabilityMask wish = bits({CAP_CHOWN, CAP_SYS_ADMIN, CAP_BPF});
  auto plan = security::plan({wish, wish, wish, wish, wish}, held);
  CHECK(join(plan.ungrantable, " ") == "CAP_SYS_ADMIN CAP_BPF");
  for (CapabilityMask set :
       {plan.apply.bounding, plan.apply.effective, plan.apply.inheritable, plan.apply.permitted, plan.apply.ambient})
    CHECK(set == bits({CAP_CHOWN}));
}

TEST_CASE("capabilities: each set is held to the ones that it depends on") {
  Capabilities held = security::held_in_new_user_namespace();
  // Effective without permitted; ambient without inheritable; inheritable outside the new bounding set.
  auto plan = security::plan({.bounding = bits({CAP_KILL}),
                              .effective = bits({CAP_CHOWN}),
                              .inheritable = bits({CAP_FOWNER}),
                              .permitted = bits({CAP_KILL}),
                              .ambient = bits({CAP_KILL})},
                             held);
  CHECK(plan.apply.effective == 0);
  CHECK(plan.apply.inheritable == 0);
  CHECK(plan.apply.ambient == 0);
  CHECK(plan.apply.permitted == bits({CAP_KILL}));
  CHECK(join(plan.ungrantable, " ") == "CAP_CHOWN CAP_FOWNER CAP_KILL");
}

TEST_CASE("capabilities: the kernel grants whatever is planned") {
  auto held = security::held_capabilities();
  REQUIRE(held);
  if ((held->effective & bits({CAP_SETPCAP})) == 0) return;  // nobody else may drop from the bounding set
  CapabilityMask everything = ~CapabilityMask{0};
  CHECK(apply_in_child(security::plan({everything, everything, everything, everything, everything}, *held).apply) == 0);
  CapabilityMask few = bits({CAP_CHOWN, CAP_NET_RAW, CAP_SYS_RESOURCE});
  CHECK(apply_in_child(security::plan({few, few, few, few, few}, *held).apply) == 0);
  CHECK(apply_in_child(security::plan({few, everything, everything, few, everything}, *held).apply) == 0);
  CHECK(apply_in_child(security::plan({}, *held).apply) == 0);
}
