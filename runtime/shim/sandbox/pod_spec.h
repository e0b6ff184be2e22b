// A pod's sandbox as a container: what CreateSandbox asks for, worked out into a config of one process, nacelle-pause,
// that holds the namespaces of the pod.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "runtime/oci/spec.h"
#include "runtime/shim/wire/pod.h"
#include "runtime/shim/wire/sandbox.h"

namespace shim {

struct Pod {
  std::string ns;  // containerd's
  std::string id, bundle;
  std::string netns_path;  // empty: a new network, or the host's
  wire::PodSandboxConfig config;
};

// Checks the request. Without options, as clients other than the CRI ask, the pod shares nothing with the host.
Result<Pod> read_pod(const std::string& ns, const wire::CreateSandboxRequest& request);

// The program's name in the sandbox's root, which ps(1) shows.
constexpr const char* kPauseName = "nacelle-pause";

// Its config. The root is `rootfs`, where kPauseName is to be.
oci::Spec pod_spec(const Pod& pod, const std::string& rootfs);

// By this the CRI says which pod a container is of.
constexpr const char* kSandboxIdAnnotation = "io.kubernetes.cri.sandbox-id";

// What the pod shares with the host, and whether it has a user namespace of its own.
wire::NamespaceOption namespace_options(const Pod& pod);
bool has_own_user(const wire::NamespaceOption& options);

// Whether systemd is to make its cgroup: the pod's parent is a slice.
bool is_in_slice(const Pod& pod);

}  // namespace shim
