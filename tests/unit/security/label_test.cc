#include "security/label.h"

#include <doctest/doctest.h>

namespace {

constexpr const char* kProfiles =
    "docker-default (enforce)\n"
    "/usr/sbin/sshd (complain)\n"
    "with a space (enforce)\n"
    "snap.lxd (unconfined)\n";

template <class T>
std::string problem(const Result<T>& result) {
  return result ? "no error" : result.error().text();
}

}  // namespace

TEST_CASE("label: AppArmor profiles in the kernel's list") {
  for (const char* name : {"docker-default", "/usr/sbin/sshd", "with a space", "snap.lxd"}) {
    CAPTURE(name);
    CHECK(security::is_profile_listed(kProfiles, name));
  }
  for (const char* name : {"", "docker", "docker-default ", "docker-default (enforce)", "DOCKER-DEFAULT", "enforce"}) {
    CAPTURE(name);
    CHECK_FALSE(security::is_profile_listed(kProfiles, name));
  }
  CHECK_FALSE(security::is_profile_listed("", "docker-default"));
}

TEST_CASE("label: a name that could end the line is refused") {
  CHECK(problem(security::plan_apparmor("")) == "process.apparmorProfile: is empty");
  CHECK(problem(security::plan_apparmor("a\nb")) == "process.apparmorProfile: control characters in 'a\\x0ab'");
  CHECK(problem(security::plan_selinux("a\tb")) == "process.selinuxLabel: control characters in 'a\\x09b'");
  CHECK(problem(security::check_mount_label("a\nb")) == "linux.mountLabel: control characters in 'a\\x0ab'");
}

TEST_CASE("label: what the host does not have is an error") {
  if (!security::is_apparmor_enabled())
    CHECK(problem(security::plan_apparmor("docker-default")) ==
          "process.apparmorProfile: profile 'docker-default' is asked for, but AppArmor is not enabled on this host");
  if (!security::is_selinux_enabled()) {
    CHECK(problem(security::plan_selinux("u:r:t:s0")) ==
          "process.selinuxLabel: label 'u:r:t:s0' is asked for, but SELinux is not enabled on this host");
    CHECK(problem(security::check_mount_label("u:r:t:s0")) ==
          "linux.mountLabel: label 'u:r:t:s0' is asked for, but SELinux is not enabled on this host");
  }
  CHECK(problem(security::check_mount_label("")) == "no error");
}

TEST_CASE("label: on a host with AppArmor") {
  if (!security::is_apparmor_enabled()) return;
  auto unconfined = security::plan_apparmor("unconfined");
  REQUIRE(unconfined);
  CHECK(unconfined->file == "attr/apparmor/exec");
  CHECK(unconfined->value == "exec unconfined");
  CHECK(problem(security::plan_apparmor("nacelle-no-such-profile")) ==
        "process.apparmorProfile: profile 'nacelle-no-such-profile' is not loaded (hint: load it with apparmor_parser "
        "-r)");
}

TEST_CASE("label: on a host with SELinux") {
  if (!security::is_selinux_enabled()) return;
  auto plan = security::plan_selinux("system_u:system_r:kernel_t:s0");
  REQUIRE_MESSAGE(plan, problem(plan));
  CHECK(plan->exec.file == "attr/exec");
  CHECK(plan->exec.value == "system_u:system_r:kernel_t:s0");
  CHECK(plan->keyring.file == "attr/keycreate");
  CHECK(plan->keyring_reset.value.empty());
  CHECK(problem(security::plan_selinux("no:such:label:s0")) ==
        "process.selinuxLabel: the loaded policy has no label 'no:such:label:s0'");
  CHECK(problem(security::check_mount_label("system_u:object_r:tmp_t:s0")) == "no error");
  CHECK(problem(security::check_mount_label("no:such:label:s0")) ==
        "linux.mountLabel: the loaded policy has no label 'no:such:label:s0'");
}
