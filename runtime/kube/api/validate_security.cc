#include "runtime/kube/api/validate_security.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/sysctls.h"

namespace kube {
namespace {

bool is_below_its_folder(std::string_view path) {
  const auto parts = split(path, '/');
  return !path.starts_with('/') && std::ranges::find(parts, "..") == parts.end();
}

// The two kinds of profile have the same form; only a seccomp profile is a file (CVE-2023-2431: a localhost profile
// without a name must not come to mean none).
void check_profile(const std::optional<SecurityProfile>& profile, bool is_file, const std::string& path,
                   Checker& check) {
  if (!profile) return;
  const std::string& name = profile->localhost_profile;
  if (profile->type.empty())
    check.add(path + ".type", is_file ? "Required value: type is required when seccompProfile is set"
                                      : "Required value: type is required when appArmorProfile is set");
  if (profile->type != "Localhost") {
    const std::string_view why =
        is_file ? "can only be set when seccomp type is Localhost" : "can only be set when AppArmor type is Localhost";
    if (!name.empty()) check.invalid(path + ".localhostProfile", name, why);
    return;
  }
  if (trimmed(name).empty())
    check.add(path + ".localhostProfile", is_file ? "Required value: must be set when seccomp type is Localhost"
                                                  : "Required value: must be set when AppArmor type is Localhost");
  if (is_file && !is_below_its_folder(name))
    check.invalid(path + ".localhostProfile", name,
                  name.starts_with('/') ? "must be a relative path" : "must not contain '..'");
  if (!is_file && trimmed(name) != name)
    check.invalid(path + ".localhostProfile", name, "must not be padded with whitespace");
  if (!is_file && name.size() > 4095)
    check.add(path + ".localhostProfile", "Too long: may not be more than 4095 bytes");
}

// What a privileged container, or one with CAP_SYS_ADMIN, could undo in a moment is not promised to anybody.
void check_escalation(const SecurityContext& security, const std::string& path, Checker& check) {
  if (security.allow_privilege_escalation.value_or(true)) return;
  if (security.privileged.value_or(false))
    check.add(path, "Invalid value: cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
  if (!security.capabilities) return;
  for (const std::string& capability : security.capabilities->add)
    if (capability == "CAP_SYS_ADMIN" || capability == "SYS_ADMIN")
      check.add(path,
                "Invalid value: cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` "
                "CAP_SYS_ADMIN");
}

void check_container_context(const PodSpec& spec, const SecurityContext& security, const std::string& path,
                             Checker& check) {
  check.id(path + ".runAsUser", security.run_as_user);
  check.id(path + ".runAsGroup", security.run_as_group);
  // /proc as the kernel has it shows and steers the host to who is root there.
  if (security.proc_mount == "Unmasked" && spec.host_users.value_or(true))
    check.invalid(path + ".procMount", security.proc_mount, "`hostUsers` must be false to use `Unmasked`");
  check_escalation(security, path, check);
  check_profile(security.seccomp_profile, true, path + ".seccompProfile", check);
  check_profile(security.app_armor_profile, false, path + ".appArmorProfile", check);
  if (security.windows_options) check_windows_options(*security.windows_options, spec, path + ".windowsOptions", check);
}

void check_sysctls(const PodSpec& spec, const std::vector<PodSysctl>& sysctls, Checker& check) {
  std::set<std::string> seen;
  for (size_t i = 0; i < sysctls.size(); i++) {
    const std::string path = indexed("spec.securityContext.sysctls", i) + ".name";
    check.name(path, sysctls[i].name, check_sysctl_name, seen);
    const SysctlScope scope = sysctl_scope(sysctls[i].name);
    if (scope == SysctlScope::ipc && spec.host_ipc)
      check.invalid(path, sysctls[i].name, "may not be specified when 'hostIPC' is true");
    if (scope == SysctlScope::network && spec.host_network)
      check.invalid(path, sysctls[i].name, "may not be specified when 'hostNetwork' is true");
  }
}

void check_pod_context(const PodSpec& spec, const PodSecurityContext& security, Checker& check) {
  const std::string path = "spec.securityContext";
  check.id(path + ".runAsUser", security.run_as_user);
  check.id(path + ".runAsGroup", security.run_as_group);
  check.id(path + ".fsGroup", security.fs_group);
  for (size_t i = 0; i < security.supplemental_groups.size(); ++i)
    check.id(indexed(path + ".supplementalGroups", i), security.supplemental_groups[i]);
  check_sysctls(spec, security.sysctls, check);
  check_profile(security.seccomp_profile, true, path + ".seccompProfile", check);
  check_profile(security.app_armor_profile, false, path + ".appArmorProfile", check);
  if (security.windows_options) check_windows_options(*security.windows_options, spec, path + ".windowsOptions", check);
}

// Namespaces of the host belong to the host's users: ids that mean nobody there could do nothing in them.
void check_namespaces(const PodSpec& spec, Checker& check) {
  if (spec.host_pid && spec.share_process_namespace.value_or(false))
    check.invalid("spec.shareProcessNamespace", "true", "ShareProcessNamespace and HostPID cannot both be enabled");
  if (spec.host_users.value_or(true)) return;
  for (auto [name, is_host] : {std::pair("spec.hostNetwork", spec.host_network),
                               {"spec.hostPID", spec.host_pid},
                               {"spec.hostIPC", spec.host_ipc}})
    if (is_host) check.forbid(name, "when `hostUsers` is false");
}

// The annotation of the time before the field: "runtime/default", "unconfined", "localhost/NAME".
void check_annotations(const Pod& pod, Checker& check) {
  constexpr std::string_view kPrefix = "container.apparmor.security.beta.kubernetes.io/";
  for (const auto& [key, value] : pod.metadata.annotations) {
    if (!key.starts_with(kPrefix)) continue;
    const std::string path = cat("metadata.annotations[", key, ']');
    if (value != "runtime/default" && value != "unconfined" && !value.starts_with("localhost/") && !value.empty())
      check.invalid(path, value, "invalid AppArmor profile name");
    if (!find_container(pod.spec, key.substr(kPrefix.size())))
      check.invalid(path, key.substr(kPrefix.size()), "container not found");
  }
}

}  // namespace

void check_security(const Pod& pod, Checker& check) {
  const PodSpec& spec = pod.spec;
  if (spec.security_context) check_pod_context(spec, *spec.security_context, check);
  for (const auto& [list, field] :
       {std::pair(&spec.containers, "spec.containers"), std::pair(&spec.init_containers, "spec.initContainers")})
    for (size_t i = 0; i < list->size(); i++)
      if (const auto& own = (*list)[i].security_context)
        check_container_context(spec, *own, indexed(field, i) + ".securityContext", check);
  check_namespaces(spec, check);
  check_annotations(pod, check);
}

}  // namespace kube
