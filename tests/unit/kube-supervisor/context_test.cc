#include <doctest/doctest.h>
#include <sched.h>

#include "base/text.h"
#include "runtime/kube/sandbox/app_armor.h"
#include "runtime/kube/sandbox/confinement.h"
#include "runtime/kube/sandbox/host_files.h"
#include "runtime/kube/sandbox/pod_sysctls.h"
#include "runtime/kube/sandbox/privileged.h"
#include "runtime/kube/sandbox/resolver.h"
#include "runtime/kube/sandbox/user_namespace.h"
#include "runtime/kube/state/user_ids.h"
#include "runtime/kube/supervisor/admission.h"

using Words = std::vector<std::string>;

TEST_CASE("resolver: parsed, added to, each once, options by name") {
  kube::PodSpec spec;
  spec.dns_policy = "Default";
  spec.dns_config = kube::PodDnsConfig{
      .nameservers = {"2.2.2.2", "1.1.1.1"}, .searches = {"b"}, .options = {{"ndots", "5"}, {"edns0", std::nullopt}}};
  Words remarks;
  const auto made = kube::pod_resolver(
      spec, "# node\nnameserver\t1.1.1.1\nsearch x\nsearch a b\noptions ndots:1 rotate\ndomain ignored\n", remarks);
  CHECK(kube::resolver_text(made) ==
        "search a b\nnameserver 1.1.1.1\nnameserver 2.2.2.2\noptions rotate ndots:5 edns0\n");
  CHECK(remarks.empty());
  spec.dns_policy = "None";
  CHECK(kube::pod_resolver(spec, "nameserver 9.9.9.9\n", remarks).nameservers == Words{"2.2.2.2", "1.1.1.1"});
}

TEST_CASE("resolver: what no resolver reads is cut, and said") {
  kube::PodSpec spec;
  spec.dns_config = kube::PodDnsConfig{.nameservers = {"1.1.1.3", "1.1.1.4"}};
  Words remarks;
  const auto made = kube::pod_resolver(spec, "nameserver 1.1.1.1\nnameserver 1.1.1.2\n", remarks);
  CHECK(made.nameservers == Words{"1.1.1.1", "1.1.1.2", "1.1.1.3"});
  REQUIRE(remarks.size() == 1);
  CHECK(remarks[0] ==
        "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: 1.1.1.1 "
        "1.1.1.2 1.1.1.3");
}

TEST_CASE("host names with a domain, as far as the kernel takes them") {
  kube::PodSpec spec;
  CHECK(kube::pod_domain(spec, "ns").empty());
  spec.subdomain = "sub";
  CHECK(kube::pod_domain(spec, "ns") == "sub.ns.svc.cluster.local");
  CHECK(*kube::kernel_hostname(spec, "a", "sub.ns.svc.cluster.local") == "a");
  spec.set_hostname_as_fqdn = true;
  CHECK(*kube::kernel_hostname(spec, "a", "sub.ns.svc.cluster.local") == "a.sub.ns.svc.cluster.local");
  CHECK(kube::kernel_hostname(spec, std::string(39, 'a'), "sub.ns.svc.cluster.local")->size() == 64);
  CHECK(!kube::kernel_hostname(spec, std::string(40, 'a'), "sub.ns.svc.cluster.local"));
}

TEST_CASE("SELinux contexts: what is given, the rest from the policy; files have the level alone") {
  const std::string process = "system_u:system_r:container_t:s0";
  CHECK(kube::selinux_context({.level = "s0:c123,c456"}, process) == "system_u:system_r:container_t:s0:c123,c456");
  CHECK(kube::selinux_context({.user = "u", .role = "r", .type = "t"}, process) == "u:r:t:s0");
  CHECK(kube::selinux_file_context({.type = "t", .level = "s0:c1,c2"}, "system_u:object_r:container_file_t:s0") ==
        "system_u:object_r:container_file_t:s0:c1,c2");
}

TEST_CASE("sysctls: the pod's over ours; no range of groups within a user namespace") {
  kube::PodSpec spec;
  CHECK(kube::pod_sysctls(spec).size() == 2);
  spec.host_users = false;
  CHECK(kube::pod_sysctls(spec).size() == 1);
  spec.security_context = kube::PodSecurityContext{.sysctls = {{"net.ipv4.ip_unprivileged_port_start", "1024"}}};
  REQUIRE(kube::pod_sysctls(spec).size() == 1);
  CHECK(kube::pod_sysctls(spec)[0].value == "1024");
  spec.host_network = true;
  spec.security_context.reset();
  CHECK(kube::pod_sysctls(spec).empty());
}

TEST_CASE("admission: unsafe sysctls, and AppArmor that is asked for where there is none") {
  kube::Pod pod;
  pod.spec.containers.resize(1);
  CHECK(!kube::why_not_admitted(pod, false));
  pod.spec.containers[0].security_context =
      kube::SecurityContext{.app_armor_profile = kube::SecurityProfile{"RuntimeDefault", ""}};
  CHECK(kube::why_not_admitted(pod, false)->reason == "AppArmor");
  CHECK(!kube::why_not_admitted(pod, true));
  pod.spec.security_context = kube::PodSecurityContext{.sysctls = {{"kernel.msgmax", "1"}}};
  CHECK(kube::why_not_admitted(pod, true)->message ==
        "Pod was rejected: forbidden sysctl: \"kernel.msgmax\" not allowlisted");
}

TEST_CASE("user namespaces: every bind mount has its ids mapped, and no other") {
  oci::Spec spec;
  spec.mounts = {{"/proc", "proc", "proc", {"nosuid"}}, {"/v", "bind", "/data/v", {"rbind", "rw"}}};
  kube::map_ids({}, spec);
  CHECK(spec.uid_mappings.empty());
  kube::map_ids(kube::pod_id_mappings(655360), spec);
  CHECK(spec.uid_mappings == std::vector<sandbox::IdMapping>{{0, 655360, 65536}});
  CHECK(spec.gid_mappings == spec.uid_mappings);
  CHECK(spec.mounts[0].options == Words{"nosuid"});
  CHECK(spec.mounts[1].options == Words{"rbind", "rw", "idmap"});
}

TEST_CASE("user ids: ranges that belong to somebody are passed over") {
  const std::string given = "web:100000:65536\nbroken:x:1\nother:655360:1\n";
  CHECK(kube::is_given_away(given, 65536));
  CHECK(kube::is_given_away(given, 131072));
  CHECK(!kube::is_given_away(given, 196608));
  CHECK(kube::is_given_away(given, 655360));
  CHECK(!kube::is_given_away("", 65536));
}

TEST_CASE("privileged: nothing is left of what shuts a container in") {
  oci::Spec spec;
  spec.process.emplace();
  spec.process->apparmor_profile = "p";
  spec.masked_paths = {"/proc/kcore"};
  spec.readonly_paths = {"/proc/sys"};
  spec.seccomp.emplace();
  spec.mounts = {{"/sys", "sysfs", "sysfs", {"nosuid", "ro"}}, {"/v", "bind", "/v", {"rbind", "ro"}}};
  kube::lift_confinement({{"/dev/kmsg", 'c', 1, 11}}, spec);
  CHECK(spec.process->apparmor_profile.empty());
  CHECK((spec.masked_paths.empty() && spec.readonly_paths.empty() && !spec.seccomp));
  CHECK(spec.mounts[0].options == Words{"nosuid"});
  CHECK(spec.mounts[1].options == Words{"rbind", "ro"});
  CHECK(spec.devices.size() == 1);
  CHECK(spec.resources.devices.at(0).allow);
}

TEST_CASE("the default AppArmor policy is the file of that name") {
  CHECK(kube::default_app_armor_policy().find(cat("profile ", kube::kDefaultAppArmorProfile, " ")) !=
        std::string_view::npos);
}
