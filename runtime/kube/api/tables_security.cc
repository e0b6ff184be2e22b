// The fields of the security contexts, of the resolver's settings and of /etc/hosts, as of Kubernetes 1.36.
#include <array>

#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

constexpr std::array kSecurityContext{
    field<&SecurityContext::capabilities>("capabilities"),
    field<&SecurityContext::privileged>("privileged"),
    field<&SecurityContext::se_linux_options>("seLinuxOptions"),
    field<&SecurityContext::windows_options>("windowsOptions").denied("this is Linux"),
    field<&SecurityContext::run_as_user>("runAsUser"),
    field<&SecurityContext::run_as_group>("runAsGroup"),
    field<&SecurityContext::run_as_non_root>("runAsNonRoot"),
    field<&SecurityContext::read_only_root_filesystem>("readOnlyRootFilesystem"),
    field<&SecurityContext::allow_privilege_escalation>("allowPrivilegeEscalation"),
    field<&SecurityContext::proc_mount>("procMount").one_of("Default|Unmasked"),
    field<&SecurityContext::seccomp_profile>("seccompProfile"),
    field<&SecurityContext::app_armor_profile>("appArmorProfile"),
};

constexpr std::array kPodSecurityContext{
    field<&PodSecurityContext::se_linux_options>("seLinuxOptions"),
    field<&PodSecurityContext::windows_options>("windowsOptions").denied("this is Linux"),
    field<&PodSecurityContext::run_as_user>("runAsUser"),
    field<&PodSecurityContext::run_as_group>("runAsGroup"),
    field<&PodSecurityContext::run_as_non_root>("runAsNonRoot"),
    field<&PodSecurityContext::supplemental_groups>("supplementalGroups"),
    field<&PodSecurityContext::supplemental_groups_policy>("supplementalGroupsPolicy").one_of("Merge|Strict"),
    field<&PodSecurityContext::fs_group>("fsGroup"),
    field<&PodSecurityContext::sysctls>("sysctls"),
    field<&PodSecurityContext::fs_group_change_policy>("fsGroupChangePolicy").one_of("Always|OnRootMismatch"),
    field<&PodSecurityContext::seccomp_profile>("seccompProfile"),
    field<&PodSecurityContext::app_armor_profile>("appArmorProfile"),
    field<&PodSecurityContext::se_linux_change_policy>("seLinuxChangePolicy")
        .one_of("MountOption|Recursive")
        .ignored("the volumes here are always labelled file by file"),
};

constexpr std::array kCapabilities{
    field<&Capabilities::add>("add"),
    field<&Capabilities::drop>("drop"),
};

constexpr std::array kSeLinuxOptions{
    field<&SeLinuxOptions::user>("user"),
    field<&SeLinuxOptions::role>("role"),
    field<&SeLinuxOptions::type>("type"),
    field<&SeLinuxOptions::level>("level"),
};

constexpr std::array kSecurityProfile{
    field<&SecurityProfile::type>("type").one_of("Localhost|RuntimeDefault|Unconfined").shown(),
    field<&SecurityProfile::localhost_profile>("localhostProfile"),
};

constexpr std::array kWindowsOptions{
    field<&WindowsOptions::gmsa_credential_spec_name>("gmsaCredentialSpecName"),
    field<&WindowsOptions::gmsa_credential_spec>("gmsaCredentialSpec"),
    field<&WindowsOptions::run_as_user_name>("runAsUserName"),
    field<&WindowsOptions::host_process>("hostProcess"),
};

constexpr std::array kPodSysctl{
    field<&PodSysctl::name>("name").shown(),
    field<&PodSysctl::value>("value").shown(),
};

constexpr std::array kHostAlias{
    field<&HostAlias::ip>("ip").shown(),
    field<&HostAlias::hostnames>("hostnames"),
};

constexpr std::array kDnsOption{
    field<&DnsOption::name>("name"),
    field<&DnsOption::value>("value"),
};

constexpr std::array kPodDnsConfig{
    field<&PodDnsConfig::nameservers>("nameservers"),
    field<&PodDnsConfig::searches>("searches"),
    field<&PodDnsConfig::options>("options"),
};

}  // namespace

template <>
const std::span<const Field> Table<SecurityContext>::fields = kSecurityContext;
template <>
const std::span<const Field> Table<PodSecurityContext>::fields = kPodSecurityContext;
template <>
const std::span<const Field> Table<Capabilities>::fields = kCapabilities;
template <>
const std::span<const Field> Table<SeLinuxOptions>::fields = kSeLinuxOptions;
template <>
const std::span<const Field> Table<SecurityProfile>::fields = kSecurityProfile;
template <>
const std::span<const Field> Table<WindowsOptions>::fields = kWindowsOptions;
template <>
const std::span<const Field> Table<PodSysctl>::fields = kPodSysctl;
template <>
const std::span<const Field> Table<HostAlias>::fields = kHostAlias;
template <>
const std::span<const Field> Table<DnsOption>::fields = kDnsOption;
template <>
const std::span<const Field> Table<PodDnsConfig>::fields = kPodDnsConfig;

}  // namespace kube
