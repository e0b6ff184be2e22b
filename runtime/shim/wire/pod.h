// What a pod is to be like: runtime.v1.PodSandboxConfig, which the CRI gives CreateSandbox as its options. Of its
// fields those that a sandbox is made of.
#pragma once

#include "runtime/shim/wire/common.h"

namespace shim::wire {

// Whose namespace: the pod's, the container's own, the host's, that of another container.
enum class NamespaceMode : int32_t { pod = 0, container = 1, node = 2, target = 3 };

struct IdMapping {
  uint32_t host_id = 0, container_id = 0, length = 0;

  static constexpr auto fields() {
    using M = IdMapping;
    return table(Field{1, &M::host_id}, Field{2, &M::container_id}, Field{3, &M::length});
  }
};

struct UserNamespace {
  NamespaceMode mode = NamespaceMode::pod;  // pod: a new one with these maps; node: the host's
  std::vector<IdMapping> uids, gids;

  static constexpr auto fields() {
    using M = UserNamespace;
    return table(Field{1, &M::mode}, Field{2, &M::uids}, Field{3, &M::gids});
  }
};

struct NamespaceOption {
  NamespaceMode network = NamespaceMode::pod, pid = NamespaceMode::pod, ipc = NamespaceMode::pod;
  std::optional<UserNamespace> user;

  static constexpr auto fields() {
    using M = NamespaceOption;
    return table(Field{1, &M::network}, Field{2, &M::pid}, Field{3, &M::ipc}, Field{5, &M::user});
  }
};

struct LinuxSandboxSecurityContext {
  std::optional<NamespaceOption> namespaces;

  static constexpr auto fields() { return table(Field{1, &LinuxSandboxSecurityContext::namespaces}); }
};

struct LinuxPodSandboxConfig {
  std::string cgroup_parent;  // a path, or a slice of systemd's
  std::optional<LinuxSandboxSecurityContext> security_context;
  std::map<std::string, std::string> sysctls;

  static constexpr auto fields() {
    using M = LinuxPodSandboxConfig;
    return table(Field{1, &M::cgroup_parent}, Field{2, &M::security_context}, Field{3, &M::sysctls});
  }
};

struct PodSandboxMetadata {
  std::string name, uid, ns;

  static constexpr auto fields() {
    using M = PodSandboxMetadata;
    return table(Field{1, &M::name}, Field{2, &M::uid}, Field{3, &M::ns});
  }
};

struct DnsConfig {
  std::vector<std::string> servers, searches, options;

  static constexpr auto fields() {
    using M = DnsConfig;
    return table(Field{1, &M::servers}, Field{2, &M::searches}, Field{3, &M::options});
  }
};

struct PodSandboxConfig {
  static constexpr std::string_view kType = "runtime.v1.PodSandboxConfig";
  std::optional<PodSandboxMetadata> metadata;
  std::string hostname;
  std::optional<DnsConfig> dns_config;
  std::optional<LinuxPodSandboxConfig> linux_config;

  static constexpr auto fields() {
    using M = PodSandboxConfig;
    return table(Field{1, &M::metadata}, Field{2, &M::hostname}, Field{4, &M::dns_config}, Field{8, &M::linux_config});
  }
};

}  // namespace shim::wire
