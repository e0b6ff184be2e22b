#include "runtime/kube/sandbox/container_spec.h"

#include <sched.h>
#include <signal.h>

#include <algorithm>

#include "base/signals.h"
#include "base/text.h"
#include "runtime/kube/api/expand.h"
#include "runtime/kube/sandbox/host_files.h"
#include "runtime/kube/sandbox/mounts.h"
#include "runtime/kube/sandbox/pod_resources.h"
#include "runtime/kube/sandbox/pod_sysctls.h"
#include "runtime/kube/sandbox/privileged.h"
#include "runtime/kube/sandbox/user_namespace.h"
#include "security/masked_paths.h"

namespace kube {
namespace {

constexpr const char* kDefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool shares_pids(const Pod& pod) {
  return pod.spec.share_process_namespace.value_or(false);
}

// Sets NAME=value, at the place of an earlier one.
void set_env(std::vector<std::string>& env, const std::string& variable) {
  const std::string_view key(variable.data(), variable.find('=') + 1);
  const auto known = std::ranges::find_if(env, [&](const std::string& old) { return old.starts_with(key); });
  if (known == env.end())
    env.push_back(variable);
  else
    *known = variable;
}

bool has_env(const std::vector<std::string>& env, std::string_view key) {
  return std::ranges::any_of(env, [&](const std::string& variable) { return variable.starts_with(key); });
}

std::vector<sandbox::Namespace> container_namespaces(const PodContext& context) {
  const auto joined = [&](int type, const char* name) {
    return sandbox::Namespace{type, cat("/proc/", context.sandbox_pid, "/ns/", name)};
  };
  const PodSpec& spec = context.pod->spec;
  std::vector<sandbox::Namespace> namespaces = {{CLONE_NEWNS, ""}, {CLONE_NEWCGROUP, ""}};
  if (!context.id_mappings.empty()) namespaces.push_back(joined(CLONE_NEWUSER, "user"));
  if (!spec.host_ipc) namespaces.push_back(joined(CLONE_NEWIPC, "ipc"));
  if (!spec.host_network) {
    namespaces.push_back(joined(CLONE_NEWNET, "net"));
    namespaces.push_back(joined(CLONE_NEWUTS, "uts"));
  }
  if (shares_pids(*context.pod))
    namespaces.push_back(joined(CLONE_NEWPID, "pid"));
  else if (!spec.host_pid)
    namespaces.push_back({CLONE_NEWPID, ""});
  return namespaces;
}

Result<sandbox::Process> container_process(const ContainerContext& context, const EffectiveSecurity& security) {
  const Container& container = *context.container;
  sandbox::Process process;
  process.terminal = container.tty;
  process.user = context.identity.user;
  process.args = TRY(container_arguments(container, context.env, *context.image));
  process.env = container_env(context);
  process.cwd = !container.working_dir.empty() ? container.working_dir : context.image->working_dir;
  if (process.cwd.empty()) process.cwd = "/";
  process.capabilities = TRY(resolve_capabilities(security));
  process.no_new_privileges = security.no_new_privileges;
  process.apparmor_profile = context.confinement.app_armor;
  process.selinux_label = context.confinement.process_label;
  process.oom_score_adj = container_oom_score_adj(*context.pod, container);
  return process;
}

}  // namespace

Result<std::vector<std::string>> container_arguments(const Container& container, const std::vector<EnvVar>& env,
                                                     const images::ImageConfig& image) {
  std::vector<std::string> arguments = expand_arguments(container.command, env);
  if (arguments.empty()) arguments = image.entrypoint;
  std::vector<std::string> more = expand_arguments(container.args, env);
  if (more.empty() && container.command.empty()) more = image.cmd;
  arguments.insert(arguments.end(), more.begin(), more.end());
  if (arguments.empty()) return fail("no command specified", "the image has none: give one with 'command'");
  return arguments;
}

std::vector<std::string> container_env(const ContainerContext& context) {
  std::vector<std::string> env = {kDefaultPath};
  if (context.container->tty) env.emplace_back("TERM=xterm");
  env.push_back(cat("HOSTNAME=", shown_hostname(*context.pod->pod, context.pod->node)));
  for (const std::string& variable : context.image->env) set_env(env, variable);
  for (const EnvVar& variable : context.env) set_env(env, cat(variable.name, "=", variable.value));
  if (!has_env(env, "HOME=")) env.push_back(cat("HOME=", context.identity.home));
  return env;
}

std::string pod_hostname(const Pod& pod, const NodeInfo& node) {
  if (pod.spec.host_network) return node.name;
  // A host name has at most 63 letters; the kubelet cuts longer names and what the cut leaves dangling.
  std::string name = (pod.spec.hostname.empty() ? pod.metadata.name : pod.spec.hostname).substr(0, 63);
  while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
  return name;
}

std::string shown_hostname(const Pod& pod, const NodeInfo& node) {
  const std::string name = pod_hostname(pod, node);
  return kernel_hostname(pod.spec, name, pod_domain(pod.spec, pod.metadata.ns)).value_or(name);
}

int container_oom_score_adj(const PodContext& context, const Container& container) {
  return std::max(oom_score_adj(context.pod->spec, container, context.node.memory), context.node.least_oom_score_adj);
}

Result<oci::Spec> container_spec(const ContainerContext& context) {
  const PodContext& pod = *context.pod;
  const EffectiveSecurity security = effective_security(pod.pod->spec, *context.container);
  oci::Spec spec;
  spec.version = oci::kSpecVersion;
  spec.root = {context.rootfs, security.read_only_root};
  spec.process = TRY(container_process(context, security));
  spec.mounts = TRY(container_mounts(context, security.read_only_root));
  // Else what the container sees would be cut off from the mounts that it is to share.
  if (shares_mounts(*context.container)) spec.rootfs_propagation = "rshared";
  spec.namespaces = container_namespaces(pod);
  if (!security.unmasked_proc) {
    spec.masked_paths = security::default_masked_paths();
    spec.readonly_paths = security::default_readonly_paths();
  }
  spec.seccomp = context.confinement.seccomp;
  spec.mount_label = context.confinement.mount_label;
  map_ids(pod.id_mappings, spec, image_targets(context));
  spec.cgroups_path = cat(pod.cgroup_path, "/", context.id);
  spec.resources = container_resources(pod.pod->spec, *context.container, pod.node);
  spec.annotations = {{"io.kubernetes.cri.container-type", "container"},
                      {"io.kubernetes.cri.container-name", context.container->name},
                      {"io.kubernetes.cri.sandbox-name", pod.pod->metadata.name},
                      {"io.kubernetes.cri.sandbox-namespace", pod.pod->metadata.ns},
                      {"io.kubernetes.cri.sandbox-uid", pod.pod->metadata.uid}};
  if (security.privileged) lift_confinement(context.host_devices, spec);
  return spec;
}

Result<oci::Spec> sandbox_spec(const PodContext& context, const std::string& id, const std::string& rootfs) {
  const Pod& pod = *context.pod;
  oci::Spec spec;
  spec.version = oci::kSpecVersion;
  spec.root = {rootfs, true};
  sandbox::Process process;
  process.args = {"/pause"};
  process.no_new_privileges = true;
  // It needs no privilege at all: reaping is not one.
  process.capabilities.emplace();
  process.oom_score_adj = std::max(-998, context.node.least_oom_score_adj);
  spec.process = process;
  spec.namespaces = {{CLONE_NEWNS, ""}, {CLONE_NEWCGROUP, ""}};
  if (!context.id_mappings.empty()) spec.namespaces.push_back({CLONE_NEWUSER, ""});
  if (!pod.spec.host_ipc) spec.namespaces.push_back({CLONE_NEWIPC, ""});
  if (!pod.spec.host_pid) spec.namespaces.push_back({CLONE_NEWPID, ""});
  map_ids(context.id_mappings, spec);
  if (!pod.spec.host_network) {
    spec.namespaces.push_back({CLONE_NEWNET, ""});
    spec.namespaces.push_back({CLONE_NEWUTS, ""});
    spec.hostname =
        TRY(kernel_hostname(pod.spec, pod_hostname(pod, context.node), pod_domain(pod.spec, pod.metadata.ns)));
  }
  spec.sysctl = pod_sysctls(pod.spec);
  spec.cgroups_path = cat(context.cgroup_path, "/", id);
  spec.resources.devices = {{.allow = false, .type = 'a'}};
  spec.annotations = {{"io.kubernetes.cri.container-type", "sandbox"},
                      {"io.kubernetes.cri.sandbox-name", pod.metadata.name},
                      {"io.kubernetes.cri.sandbox-namespace", pod.metadata.ns},
                      {"io.kubernetes.cri.sandbox-uid", pod.metadata.uid}};
  return spec;
}

int stop_signal(const std::string& image_signal) {
  return parse_signal(image_signal).value_or(SIGTERM);
}

}  // namespace kube
