#include "runtime/shim/sandbox/pod_spec.h"

#include <sched.h>

#include "base/path.h"
#include "base/text.h"
#include "runtime/lifecycle/state_dir.h"
#include "runtime/shim/wire/message.h"

namespace shim {
namespace {

using Mode = wire::NamespaceMode;
constexpr const char* kScopePrefix = "cri-containerd";  // of the scopes of the pod's containers

wire::LinuxPodSandboxConfig linux_config(const Pod& pod) {
  return pod.config.linux_config.value_or(wire::LinuxPodSandboxConfig{});
}

std::vector<sandbox::IdMapping> id_mappings(const std::vector<wire::IdMapping>& mappings) {
  std::vector<sandbox::IdMapping> result;
  for (const auto& mapping : mappings) result.push_back({mapping.container_id, mapping.host_id, mapping.length});
  return result;
}

bool has_own_network(const Pod& pod) {
  return !pod.netns_path.empty() || namespace_options(pod).network != Mode::node;
}

// The containers of the pod join those of the sandbox by /proc/PID/ns, whichever they are: what the pod shares with
// the host the sandbox has to share.
void set_namespaces(const Pod& pod, oci::Spec& spec) {
  const auto options = namespace_options(pod);
  spec.namespaces = {{CLONE_NEWNS, ""}, {CLONE_NEWCGROUP, ""}};
  if (options.ipc != Mode::node) spec.namespaces.push_back({CLONE_NEWIPC, ""});
  if (options.pid != Mode::node) spec.namespaces.push_back({CLONE_NEWPID, ""});
  if (has_own_user(options)) {
    spec.namespaces.push_back({CLONE_NEWUSER, ""});
    spec.uid_mappings = id_mappings(options.user->uids);
    spec.gid_mappings = id_mappings(options.user->gids);
  }
  if (!has_own_network(pod)) return;
  // As the kubelet has it: on the host's network a pod has the host's name.
  spec.namespaces.push_back({CLONE_NEWNET, pod.netns_path});
  spec.namespaces.push_back({CLONE_NEWUTS, ""});
  spec.hostname = pod.config.hostname;
}

// In a network of its own a pod may listen on port 80 and ping without privilege, as the CRI has it by default. Within
// a user namespace the groups of the latter are not all there.
void set_sysctls(const Pod& pod, oci::Spec& spec) {
  auto sysctls = linux_config(pod).sysctls;
  if (has_own_network(pod)) {
    sysctls.try_emplace("net.ipv4.ip_unprivileged_port_start", "0");
    if (!has_own_user(namespace_options(pod))) sysctls.try_emplace("net.ipv4.ping_group_range", "0 2147483647");
  }
  for (const auto& [key, value] : sysctls) spec.sysctl.push_back({key, value});
}

// Where the CRI puts the containers of the pod.
std::string cgroups_path(const Pod& pod) {
  const std::string parent = linux_config(pod).cgroup_parent;
  if (parent.empty()) return cat("/", pod.ns, "/", pod.id);
  if (!is_in_slice(pod)) return join_path(parent, pod.id);
  return cat(parent.substr(parent.rfind('/') + 1), ":", kScopePrefix, ":", pod.id);
}

sandbox::Process pause_process() {
  sandbox::Process process;
  process.args = {cat("/", kPauseName)};
  process.cwd = "/";
  process.no_new_privileges = true;
  process.capabilities.emplace();  // none: reaping is not a privilege
  process.oom_score_adj = -998;    // as the kubelet wants it: the last of the pod to be killed
  return process;
}

}  // namespace

Result<Pod> read_pod(const std::string& ns, const wire::CreateSandboxRequest& request) {
  TRY(lifecycle::check_id(request.sandbox_id));
  if (!request.bundle_path.starts_with('/'))
    return fail(cat("bundle ", quoted(request.bundle_path), ": not an absolute path"));
  if (!request.netns_path.empty() && !request.netns_path.starts_with('/'))
    return fail(cat("network namespace ", quoted(request.netns_path), ": not an absolute path"));
  if (!request.rootfs.empty()) return fail("rootfs: a sandbox of this runtime has none");
  Pod pod{ns, request.sandbox_id, request.bundle_path, request.netns_path, {}};
  if (request.options && !request.options->type_url.empty())
    pod.config = TRY_IN("options", wire::from_any<wire::PodSandboxConfig>(*request.options));
  return pod;
}

oci::Spec pod_spec(const Pod& pod, const std::string& rootfs) {
  oci::Spec spec;
  spec.version = oci::kSpecVersion;
  spec.root = {rootfs, true};
  spec.process = pause_process();
  set_namespaces(pod, spec);
  set_sysctls(pod, spec);
  spec.cgroups_path = cgroups_path(pod);
  spec.resources.devices = {{.allow = false, .type = 'a'}};
  const auto metadata = pod.config.metadata.value_or(wire::PodSandboxMetadata{});
  spec.annotations = {{"io.kubernetes.cri.container-type", "sandbox"},
                      {kSandboxIdAnnotation, pod.id},
                      {"io.kubernetes.cri.sandbox-name", metadata.name},
                      {"io.kubernetes.cri.sandbox-namespace", metadata.ns},
                      {"io.kubernetes.cri.sandbox-uid", metadata.uid}};
  return spec;
}

wire::NamespaceOption namespace_options(const Pod& pod) {
  const auto context = linux_config(pod).security_context.value_or(wire::LinuxSandboxSecurityContext{});
  return context.namespaces.value_or(wire::NamespaceOption{});
}

bool has_own_user(const wire::NamespaceOption& options) {
  return options.user && options.user->mode == Mode::pod;
}

bool is_in_slice(const Pod& pod) {
  return linux_config(pod).cgroup_parent.ends_with(".slice");
}

}  // namespace shim
