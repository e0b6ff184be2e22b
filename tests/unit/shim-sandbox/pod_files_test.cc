#include "runtime/shim/sandbox/pod_files.h"

#include <doctest/doctest.h>

#include "base/text.h"

using namespace shim;

namespace {

const HostFiles kHost{"host\n", "127.0.0.1 localhost\n", "nameserver 10.0.0.1\n"};

Pod pod_named(const std::string& hostname) {
  Pod pod{"k8s.io", "web", "/b", {}, {}};
  pod.config.hostname = hostname;
  return pod;
}

std::string text_of(const std::vector<PodFile>& files, const std::string& name) {
  for (const auto& file : files)
    if (file.name == name) return file.text;
  return "none";
}

oci::Spec spec_of_pod() {
  oci::Spec spec;
  spec.annotations = {{kSandboxIdAnnotation, "web"}};
  return spec;
}

// "destination=source options" of each mount.
std::string mounts(const oci::Spec& spec) {
  std::string text;
  for (const auto& mount : spec.mounts)
    text += cat(mount.destination, "=", mount.source, " ", join(mount.options, ","), "\n");
  return text;
}

}  // namespace

TEST_CASE("pod files: what the CRI says goes before what the host has") {
  Pod pod = pod_named("web");
  pod.config.dns_config = wire::DnsConfig{{"10.1.0.1", "10.1.0.2"}, {"a.local", "b.local"}, {"ndots:5", "rotate"}};
  const auto files = pod_files(pod, kHost);
  CHECK(text_of(files, "hostname") == "web\n");
  CHECK(text_of(files, "hosts") == kHost.hosts);
  CHECK(text_of(files, "resolv.conf") ==
        "search a.local b.local\nnameserver 10.1.0.1\nnameserver 10.1.0.2\noptions ndots:5 rotate\n");
}

TEST_CASE("pod files: without a name and a resolver of its own a pod has the host's") {
  Pod pod = pod_named("");
  pod.config.dns_config.emplace();
  const auto files = pod_files(pod, kHost);
  CHECK(text_of(files, "hostname") == "host\n");
  CHECK(text_of(files, "resolv.conf") == kHost.resolv_conf);
}

TEST_CASE("pod files: a container of the pod gets them, and shares its memory by name") {
  oci::Spec spec = spec_of_pod();
  spec.mounts = {{"/dev", "tmpfs", "tmpfs", {}, {}, {}}, {"/dev/shm", "tmpfs", "shm", {}, {}, {}}};
  CHECK(give_pod_files(pod_named("web"), spec));
  CHECK(mounts(spec) ==
        "/dev=tmpfs \n"
        "/dev/shm=/b/pod/shm nosuid,nodev,noexec,rw,rbind,rprivate\n"
        "/etc/hostname=/b/pod/hostname rw,rbind,rprivate\n"
        "/etc/hosts=/b/pod/hosts rw,rbind,rprivate\n"
        "/etc/resolv.conf=/b/pod/resolv.conf rw,rbind,rprivate\n");
}

TEST_CASE("pod files: what the config mounts itself stays; where the root is read-only, they are") {
  oci::Spec spec = spec_of_pod();
  spec.root.readonly = true;
  spec.mounts = {{"/etc/hosts", "bind", "/kubelet/hosts", {"rbind"}, {}, {}},
                 {"/etc//hostname", "bind", "/own", {"rbind"}, {}, {}},
                 {"/dev/shm", "bind", "/volume", {"rbind"}, {}, {}}};
  CHECK(give_pod_files(pod_named("web"), spec));
  CHECK(mounts(spec) ==
        "/etc/hosts=/kubelet/hosts rbind\n"
        "/etc//hostname=/own rbind\n"
        "/dev/shm=/volume rbind\n"
        "/etc/resolv.conf=/b/pod/resolv.conf ro,rbind,rprivate\n");
}

TEST_CASE("pod files: on the host's System V memory a pod is on the host's /dev/shm") {
  Pod pod = pod_named("web");
  pod.config.linux_config.emplace();
  pod.config.linux_config->security_context.emplace();
  auto& namespaces = pod.config.linux_config->security_context->namespaces.emplace();
  namespaces.ipc = wire::NamespaceMode::node;
  CHECK_FALSE(has_own_shm(pod));
  oci::Spec spec = spec_of_pod();
  CHECK(give_pod_files(pod, spec));
  CHECK(mounts(spec).ends_with("/dev/shm=/dev/shm nosuid,nodev,noexec,rw,rbind,rprivate\n"));
}

TEST_CASE("pod files: a container of another pod, or of none, is left alone") {
  oci::Spec spec;
  CHECK_FALSE(give_pod_files(pod_named("web"), spec));
  spec.annotations = {{kSandboxIdAnnotation, "other"}};
  CHECK_FALSE(give_pod_files(pod_named("web"), spec));
  CHECK(spec.mounts.empty());
}

TEST_CASE("pod files: they belong to the containers' root") {
  Pod pod = pod_named("web");
  CHECK(pod_owner(pod).uid == 0);
  pod.config.linux_config.emplace();
  pod.config.linux_config->security_context.emplace();
  auto& namespaces = pod.config.linux_config->security_context->namespaces.emplace();
  namespaces.user = wire::UserNamespace{wire::NamespaceMode::pod, {{6000, 1, 10}, {5000, 0, 1}}, {{7000, 0, 65536}}};
  CHECK(pod_owner(pod).uid == 5000);
  CHECK(pod_owner(pod).gid == 7000);
}
