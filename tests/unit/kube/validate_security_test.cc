#include <doctest/doctest.h>

#include "runtime/kube/api/defaults.h"
#include "runtime/kube/api/effective.h"
#include "runtime/kube/api/sysctls.h"
#include "runtime/kube/api/validate.h"

using namespace kube;

namespace {

Pod secured_pod() {
  Pod pod;
  pod.metadata.name = "web";
  pod.spec.containers.push_back({.name = "a", .image = "busybox", .security_context = SecurityContext{}});
  set_defaults(pod);
  return pod;
}

SecurityContext& context_of(Pod& pod) {
  return *pod.spec.containers[0].security_context;
}

std::string problem_with(const Pod& pod) {
  auto problem = validate_pod(pod);
  return problem ? problem->path + ": " + problem->message : "none";
}

std::string windows_problem(const char* user) {
  Pod pod = secured_pod();
  pod.spec.security_context->windows_options = WindowsOptions{.run_as_user_name = user};
  return problem_with(pod);
}

}  // namespace

TEST_CASE("validate: privilege escalation is not promised away from who could have it back") {
  Pod pod = secured_pod();
  context_of(pod).allow_privilege_escalation = false;
  CHECK(problem_with(pod) == "none");
  context_of(pod).privileged = true;
  CHECK(problem_with(pod) ==
        "spec.containers[0].securityContext: Invalid value: cannot set `allowPrivilegeEscalation` to false and "
        "`privileged` to true");
  context_of(pod).allow_privilege_escalation = true;
  CHECK(problem_with(pod) == "none");
}

TEST_CASE("effective: no_new_privs only where nothing stands against it") {
  PodSpec spec;
  Container container{.name = "a", .security_context = SecurityContext{.allow_privilege_escalation = false}};
  CHECK(effective_security(spec, container).no_new_privileges);
  container.security_context->capabilities = Capabilities{.add = {"ALL"}};
  CHECK(!effective_security(spec, container).no_new_privileges);
  container.security_context->capabilities.reset();
  container.security_context->privileged = true;
  CHECK(!effective_security(spec, container).no_new_privileges);
}

TEST_CASE("effective: of profiles and labels the container's word is the whole of it") {
  PodSpec spec;
  spec.security_context = PodSecurityContext{.se_linux_options = SeLinuxOptions{.type = "t", .level = "s0"},
                                             .seccomp_profile = SecurityProfile{"RuntimeDefault", ""},
                                             .app_armor_profile = SecurityProfile{"Unconfined", ""}};
  Container container{.name = "a"};
  CHECK(effective_security(spec, container).seccomp->type == "RuntimeDefault");
  CHECK(effective_security(spec, container).app_armor->type == "Unconfined");
  CHECK(effective_security(spec, container).se_linux->type == "t");
  container.security_context = SecurityContext{.se_linux_options = SeLinuxOptions{.level = "s1"},
                                               .seccomp_profile = SecurityProfile{"Localhost", "a.json"}};
  CHECK(effective_security(spec, container).seccomp->localhost_profile == "a.json");
  CHECK(effective_security(spec, container).se_linux->type.empty());
}

TEST_CASE("effective: AppArmor's annotation of the time before the field") {
  ObjectMeta metadata;
  CHECK(!annotated_app_armor(metadata, "a"));
  std::string& value = metadata.annotations["container.apparmor.security.beta.kubernetes.io/a"];
  value = "localhost/mine";
  CHECK(annotated_app_armor(metadata, "a")->type == "Localhost");
  CHECK(annotated_app_armor(metadata, "a")->localhost_profile == "mine");
  CHECK(!annotated_app_armor(metadata, "b"));
  value = "runtime/default";
  CHECK(annotated_app_armor(metadata, "a")->type == "RuntimeDefault");
  value = "unconfined";
  CHECK(annotated_app_armor(metadata, "a")->type == "Unconfined");
}

TEST_CASE("validate: an annotation must name a container and a profile") {
  Pod pod = secured_pod();
  pod.metadata.annotations["container.apparmor.security.beta.kubernetes.io/b"] = "unconfined";
  CHECK(problem_with(pod) ==
        "metadata.annotations[container.apparmor.security.beta.kubernetes.io/b]: Invalid value: \"b\": container not "
        "found");
  pod.metadata.annotations = {{"container.apparmor.security.beta.kubernetes.io/a", "mine"}};
  CHECK(problem_with(pod) ==
        "metadata.annotations[container.apparmor.security.beta.kubernetes.io/a]: Invalid value: \"mine\": invalid "
        "AppArmor profile name");
}

TEST_CASE("validate: a profile has a type, and a name with Localhost alone") {
  const auto problem = [](SecurityProfile profile, bool is_seccomp) {
    Pod pod = secured_pod();
    (is_seccomp ? context_of(pod).seccomp_profile : context_of(pod).app_armor_profile) = std::move(profile);
    return problem_with(pod);
  };
  const std::string seccomp = "spec.containers[0].securityContext.seccompProfile.";
  CHECK(problem({"", ""}, true) == seccomp + "type: Required value: type is required when seccompProfile is set");
  CHECK(problem({"Localhost", "a/b.json"}, true) == "none");
  CHECK(problem({"Localhost", ""}, true) ==
        seccomp + "localhostProfile: Required value: must be set when seccomp type is Localhost");
  CHECK(problem({"Localhost", "/etc/x"}, true) ==
        seccomp + "localhostProfile: Invalid value: \"/etc/x\": must be a relative path");
  CHECK(problem({"Localhost", "a/../../x"}, true) ==
        seccomp + "localhostProfile: Invalid value: \"a/../../x\": must not contain '..'");
  CHECK(problem({"RuntimeDefault", "x"}, true) ==
        seccomp + "localhostProfile: Invalid value: \"x\": can only be set when seccomp type is Localhost");
  CHECK(problem({"Localhost", " x"}, false) ==
        "spec.containers[0].securityContext.appArmorProfile.localhostProfile: Invalid value: \" x\": must not be "
        "padded with whitespace");
}

TEST_CASE("validate: names of sysctls") {
  for (auto good : {"kernel.shm_rmid_forced", "net/ipv4/tcp_syncookies", "net.ipv4.conf.eth0/1.forwarding"})
    CHECK_MESSAGE(check_sysctl_name(good).empty(), good);
  for (auto bad : {"", "a..b", "A.b", ".a", "a.", "../etc", "a b", "a\nb", "a=b"})
    CHECK_MESSAGE(!check_sysctl_name(bad).empty(), bad);
}

TEST_CASE("sysctls: whose they are, and which are safe however they are written") {
  CHECK(sysctl_scope("net.core.somaxconn") == SysctlScope::network);
  CHECK(sysctl_scope("kernel/shmmax") == SysctlScope::ipc);
  CHECK(sysctl_scope("fs.mqueue.msg_max") == SysctlScope::ipc);
  CHECK(sysctl_scope("kernel.core_pattern") == SysctlScope::none);
  CHECK(sysctl_scope("vm.swappiness") == SysctlScope::none);
  CHECK(is_safe_sysctl("net.ipv4.tcp_rmem"));
  CHECK(is_safe_sysctl("kernel/shm_rmid_forced"));
  CHECK(!is_safe_sysctl("kernel.shm_rmid_forced2"));
  CHECK(!is_safe_sysctl("kernel.core_pattern"));
}

TEST_CASE("validate: windowsOptions by the rules of Windows, and then that this is Linux") {
  const std::string path = "spec.securityContext.windowsOptions";
  const std::string linux =
      path + ": Forbidden: windows options cannot be set for a linux pod, and this node runs Linux";
  for (auto good : {"ContainerUser", "NT AUTHORITY\\SYSTEM", "example.com\\web"})
    CHECK_MESSAGE(windows_problem(good) == linux, good);
  CHECK(windows_problem("") == path + ".runAsUserName: Invalid value: \"\": runAsUserName cannot be an empty string");
  CHECK(windows_problem("a\\b\\c").ends_with("cannot contain more than one backslash"));
  CHECK(windows_problem("a\\").ends_with("runAsUserName's User cannot be empty"));
  CHECK(windows_problem("...").ends_with("cannot contain only periods or spaces"));
  CHECK(windows_problem("a|b").ends_with("cannot contain the following characters: \"/\\:;|=,+*?<>@[]"));
  CHECK(windows_problem("\\a").ends_with("doesn't match the NetBios nor the DNS format"));
  CHECK(windows_problem(std::string(105, 'a').c_str()).ends_with("must not be longer than 104 characters"));
}

TEST_CASE("validate: names and resolvers") {
  Pod pod = secured_pod();
  pod.spec.subdomain = "a.b";
  CHECK(problem_with(pod).starts_with("spec.subdomain: Invalid value: \"a.b\": a lowercase RFC 1123 label"));
  pod = secured_pod();
  pod.spec.host_aliases = {{"1.2.3", {"a"}}};
  CHECK(problem_with(pod).starts_with("spec.hostAliases[0].ip: Invalid value: \"1.2.3\": must be a valid IP address"));
  pod.spec.host_aliases = {{std::string("::1\0 x", 6), {"a"}}};
  CHECK(problem_with(pod).starts_with("spec.hostAliases[0].ip: Invalid value"));
  pod.spec.host_aliases = {{"::1", {"a\tb"}}};
  CHECK(problem_with(pod).starts_with("spec.hostAliases[0].hostnames[0]: Invalid value"));
  pod = secured_pod();
  pod.spec.dns_policy = "None";
  CHECK(problem_with(pod) ==
        "spec.dnsConfig: Required value: must provide at least one DNS nameserver when `dnsPolicy` is None");
  pod.spec.dns_config = PodDnsConfig{.nameservers = {"1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"}};
  CHECK(problem_with(pod).ends_with("must not have more than 3 nameservers"));
  pod.spec.dns_config = PodDnsConfig{.nameservers = {"1.1.1.1"}, .searches = {"_tcp.example.com.", "."}};
  CHECK(problem_with(pod) == "none");
  pod.spec.dns_config->options = {{"ndots\nnameserver", std::nullopt}};
  CHECK(problem_with(pod).ends_with("must not contain white space"));
}
