#include "runtime/shim/sandbox/pod_spec.h"

#include <doctest/doctest.h>
#include <sched.h>

#include "runtime/oci/spec_json.h"
#include "runtime/shim/wire/message.h"

using namespace shim;

namespace {

using Mode = wire::NamespaceMode;

Pod pod_with(wire::NamespaceOption options) {
  Pod pod{"k8s.io", "web", "/b", {}, {}};
  pod.config.linux_config.emplace();
  pod.config.linux_config->security_context.emplace();
  pod.config.linux_config->security_context->namespaces = std::move(options);
  return pod;
}

std::string sysctls(const oci::Spec& spec) {
  std::string text;
  for (const auto& [key, value] : spec.sysctl) text += key + "=" + value + ";";
  return text;
}

std::string problem_with(const wire::CreateSandboxRequest& request) {
  const auto pod = read_pod("k8s.io", request);
  return pod ? "" : pod.error().text();
}

// What the spec's own rules say of it.
oci::Spec checked(const Pod& pod) {
  const auto spec = oci::read_spec(oci::spec_to_json(pod_spec(pod, "/b/r")), "/b");
  REQUIRE_MESSAGE(spec, spec.error().text());
  return *spec;
}

}  // namespace

TEST_CASE("pod: without options it shares nothing with the host") {
  wire::CreateSandboxRequest request;
  request.sandbox_id = "web";
  request.bundle_path = "/b";
  const auto pod = read_pod("k8s.io", request);
  REQUIRE(pod);
  const auto spec = checked(*pod);
  for (const int type : {CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWUTS, CLONE_NEWCGROUP}) {
    REQUIRE(spec.find_namespace(type) != nullptr);
    CHECK(spec.find_namespace(type)->path.empty());
  }
  CHECK(spec.find_namespace(CLONE_NEWUSER) == nullptr);
  CHECK(spec.process->args == std::vector<std::string>{"/nacelle-pause"});
  CHECK(spec.root.path == "/b/r");
  CHECK(spec.cgroups_path == "/k8s.io/web");
  CHECK(sysctls(spec) == "net.ipv4.ip_unprivileged_port_start=0;net.ipv4.ping_group_range=0 2147483647;");
}

TEST_CASE("pod: the options are the CRI's, by the numbers of its fields") {
  // metadata{1 name,2 uid,3 namespace}, 2 hostname, 8 linux{1 cgroup_parent, 2 {1 {1 network,2 pid,3 ipc}}, 3 sysctls}
  using namespace std::literals;
  wire::CreateSandboxRequest request;
  request.sandbox_id = "web";
  request.bundle_path = "/b";
  request.netns_path = "/run/netns/x";
  request.options = wire::Any{"runtime.v1.PodSandboxConfig",
                              "\x0a\x09\x0a\x01n\x12\x01u\x1a\x01s"
                              "\x12\x01h"
                              "\x42\x16\x0a\x04/pod\x12\x06\x0a\x04\x10\x02\x18\x02\x1a\x06\x0a\x01k\x12\x01v"s};
  const auto pod = read_pod("k8s.io", request);
  REQUIRE_MESSAGE(pod, pod.error().text());
  const auto spec = pod_spec(*pod, "/b/r");
  CHECK(spec.hostname == "h");
  CHECK(spec.cgroups_path == "/pod/web");
  CHECK(spec.find_namespace(CLONE_NEWNET)->path == "/run/netns/x");
  CHECK(spec.find_namespace(CLONE_NEWPID) == nullptr);
  CHECK(spec.find_namespace(CLONE_NEWIPC) == nullptr);
  CHECK(sysctls(spec).starts_with("k=v;"));
  CHECK(spec.annotations.at("io.kubernetes.cri.sandbox-uid") == "u");
  CHECK(spec.annotations.at("io.kubernetes.cri.sandbox-namespace") == "s");
}

TEST_CASE("pod: on the host's network it has the host's name, and its sysctls are left alone") {
  auto pod = pod_with({.network = Mode::node});
  pod.config.hostname = "h";
  const auto spec = checked(pod);
  CHECK(spec.find_namespace(CLONE_NEWNET) == nullptr);
  CHECK(spec.find_namespace(CLONE_NEWUTS) == nullptr);
  CHECK(spec.hostname.empty());
  CHECK(spec.sysctl.empty());
}

TEST_CASE("pod: sysctls of its own come before the default ones") {
  auto pod = pod_with({});
  pod.config.linux_config->sysctls = {{"net.ipv4.ip_unprivileged_port_start", "1024"}};
  CHECK(sysctls(checked(pod)) == "net.ipv4.ip_unprivileged_port_start=1024;net.ipv4.ping_group_range=0 2147483647;");
}

TEST_CASE("pod: a user namespace with the maps of the options") {
  wire::UserNamespace user{Mode::pod, {{100000, 0, 65536}}, {{200000, 0, 65536}}};
  const auto spec = checked(pod_with({.user = user}));
  CHECK(spec.find_namespace(CLONE_NEWUSER) != nullptr);
  CHECK(spec.uid_mappings == std::vector<sandbox::IdMapping>{{0, 100000, 65536}});
  CHECK(spec.gid_mappings == std::vector<sandbox::IdMapping>{{0, 200000, 65536}});
  CHECK(sysctls(spec) == "net.ipv4.ip_unprivileged_port_start=0;");
  user.mode = Mode::node;
  CHECK(checked(pod_with({.user = user})).find_namespace(CLONE_NEWUSER) == nullptr);
}

TEST_CASE("pod: below a slice its cgroup is a scope of systemd's") {
  auto pod = pod_with({});
  pod.config.linux_config->cgroup_parent = "/kubepods.slice/kubepods-podx.slice";
  CHECK(is_in_slice(pod));
  CHECK(pod_spec(pod, "/b/r").cgroups_path == "kubepods-podx.slice:cri-containerd:web");
  pod.config.linux_config->cgroup_parent = "/kubepods/podx";
  CHECK(!is_in_slice(pod));
}

TEST_CASE("pod: requests that are wrong") {
  wire::CreateSandboxRequest good;
  good.sandbox_id = "web";
  good.bundle_path = "/b";
  CHECK(problem_with(good).empty());
  auto bad = good;
  bad.sandbox_id = "../x";
  CHECK(problem_with(bad).contains("../x"));
  bad = good;
  bad.bundle_path = "b";
  CHECK(problem_with(bad) == "bundle 'b': not an absolute path");
  bad = good;
  bad.netns_path = "net";
  CHECK(problem_with(bad) == "network namespace 'net': not an absolute path");
  bad = good;
  bad.rootfs.resize(1);
  CHECK(problem_with(bad) == "rootfs: a sandbox of this runtime has none");
  bad = good;
  bad.options = wire::Any{"x", {}};
  CHECK(problem_with(bad) == "options: a value of type 'x' instead of 'runtime.v1.PodSandboxConfig'");
  bad.options = wire::Any{"runtime.v1.PodSandboxConfig", "\x42"};
  CHECK(problem_with(bad).starts_with("options: malformed message: "));
}
