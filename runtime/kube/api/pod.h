// The Pod of core/v1 as far as Nacelle runs it: the fields that are missing here are refused by the reader, never
// dropped (tables.cc holds both lists). Names and meanings are those of the Kubernetes API reference.
//
// An empty string, list or map and an empty optional mean "not given"; the reader then fills in the API's default
// (defaults.h), so code that runs a pod sees it filled in. Plain data: nothing here has behaviour.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/kube/api/content.h"
#include "runtime/kube/api/lifecycle.h"
#include "runtime/kube/api/pod_status.h"
#include "runtime/kube/api/probe.h"
#include "runtime/kube/api/quantity.h"
#include "runtime/kube/api/resources.h"
#include "runtime/kube/api/time.h"

namespace kube {

using StringMap = std::map<std::string, std::string>;

struct ObjectMeta {
  std::string name, ns;    // ns: "namespace" in the manifest
  std::string uid;         // filled in by who creates the pod
  int64_t generation = 0;  // of a pod: how often its spec has changed, from 1
  StringMap labels, annotations;
  Time creation_time;
  Time deletion_time;                            // when the grace period ends; set: the pod is terminating
  std::optional<int64_t> deletion_grace_period;  // seconds
};

struct EnvVar {
  std::string name, value;                   // value before expansion (expand.h)
  std::optional<EnvSource> value_from = {};  // instead of a value
};

// Informational, but for the host's.
struct ContainerPort {
  std::string name;
  int64_t host_port = 0;  // mapped by a CNI plugin; with hostNetwork the container's
  int64_t container_port = 0;
  std::string protocol;  // TCP, UDP, SCTP
  std::string host_ip;
};

struct VolumeMount {
  std::string name;
  bool read_only = false;
  std::string recursive_read_only;  // "Disabled"
  std::string mount_path;           // a relative one is below /
  std::string mount_propagation;    // "None", "HostToContainer", "Bidirectional"
  std::string sub_path;             // relative, within the volume
  std::string sub_path_expr;        // the same, with $(VAR); not both
};

struct Capabilities {
  std::vector<std::string> add, drop;  // "NET_ADMIN", "ALL"; with or without CAP_
};

struct SeLinuxOptions {
  std::string user, role, type, level;  // each empty: the policy's for containers
};

// Of seccomp and of AppArmor.
struct SecurityProfile {
  std::string type;               // RuntimeDefault, Localhost, Unconfined
  std::string localhost_profile;  // only with Localhost: a file below the node's folder; a loaded profile's name
};

// Read so that they can be checked; a Linux node then refuses them.
struct WindowsOptions {
  std::string gmsa_credential_spec_name, gmsa_credential_spec;
  std::optional<std::string> run_as_user_name;
  std::optional<bool> host_process;
};

struct SecurityContext {
  std::optional<Capabilities> capabilities;
  std::optional<bool> privileged;
  std::optional<SeLinuxOptions> se_linux_options;
  std::optional<WindowsOptions> windows_options;
  std::optional<int64_t> run_as_user, run_as_group;
  std::optional<bool> run_as_non_root;
  std::optional<bool> read_only_root_filesystem;
  std::optional<bool> allow_privilege_escalation;  // false: no_new_privs
  std::string proc_mount;                          // "Default", "Unmasked"
  std::optional<SecurityProfile> seccomp_profile, app_armor_profile;
};

struct ExitCodes {
  std::string op;  // In, NotIn
  std::vector<int64_t> values;
};

struct RestartRule {
  std::string action;  // Restart, RestartAllContainers
  std::optional<ExitCodes> exit_codes;
};

struct Container {
  std::string name, image;
  std::vector<std::string> command, args;  // before expansion (expand.h)
  std::string working_dir;
  std::vector<ContainerPort> ports;
  std::vector<EnvFrom> env_from;  // env wins over them
  std::vector<EnvVar> env;
  ResourceRequirements resources;
  std::vector<ResizePolicy> resize_policy;
  std::vector<VolumeMount> volume_mounts;
  std::optional<Probe> liveness_probe, readiness_probe, startup_probe;
  std::string termination_message_path;    // absolute
  std::string termination_message_policy;  // "File", "FallbackToLogsOnError"
  std::string image_pull_policy;           // Always, IfNotPresent, Never
  std::optional<SecurityContext> security_context;
  bool stdin = false, stdin_once = false, tty = false;
  std::optional<Lifecycle> lifecycle;
  std::string restart_policy;              // empty: the pod's; Always makes a sidecar of an init container
  std::vector<RestartRule> restart_rules;  // the first that matches wins over the policy
};

struct EmptyDir {
  std::string medium;  // "" (disk), "Memory" (tmpfs), or pages of hugetlbfs (volume_source.h)
  std::optional<Quantity> size_limit;
};

struct HostPathSource {
  std::string path;
  std::string type;  // "", Directory, DirectoryOrCreate, File, FileOrCreate, Socket, CharDevice, BlockDevice
};

struct ClaimSource {
  std::string claim_name;  // in the pod's namespace
  bool read_only = false;
};

struct ImageSource {
  std::string reference;    // as a container's image
  std::string pull_policy;  // Always, IfNotPresent, Never
};

// One source is there.
struct Volume {
  std::string name;
  std::optional<EmptyDir> empty_dir;
  std::optional<HostPathSource> host_path;
  std::optional<ClaimSource> claim;
  std::optional<ImageSource> image;
  std::optional<ConfigMapSource> config_map;
  std::optional<SecretSource> secret;
  std::optional<DownwardSource> downward;
  std::optional<ProjectedSource> projected;
};

struct PodSysctl {
  std::string name, value;
};

struct PodSecurityContext {
  std::optional<SeLinuxOptions> se_linux_options;
  std::optional<WindowsOptions> windows_options;
  std::optional<int64_t> run_as_user, run_as_group;
  std::optional<bool> run_as_non_root;
  std::vector<int64_t> supplemental_groups;
  std::string supplemental_groups_policy;  // "Merge" (with the image's /etc/group), "Strict"; empty: Merge
  std::optional<int64_t> fs_group;         // emptyDir: group of the directory, mode 2777; and a group of every process
  std::string fs_group_change_policy;      // Always, OnRootMismatch: of what is in a volume already
  std::string se_linux_change_policy;      // MountOption, Recursive: no difference to volumes of these kinds
  std::vector<PodSysctl> sysctls;
  std::optional<SecurityProfile> seccomp_profile, app_armor_profile;
};

struct HostAlias {
  std::string ip;
  std::vector<std::string> hostnames;
};

struct DnsOption {
  std::string name;
  std::optional<std::string> value;
};

struct PodDnsConfig {
  std::vector<std::string> nameservers, searches;
  std::vector<DnsOption> options;
};

// No effect on one node without taints, where every pod is welcome: kept and shown.
struct Toleration {
  std::string key, op, value, effect;
  std::optional<int64_t> seconds;
};

// A condition that somebody outside would set. Kept and shown; here nobody waits for it.
struct ReadinessGate {
  std::string condition_type;
};

struct PodOs {
  std::string name;  // "linux"
};

struct PodSpec {
  std::vector<Volume> volumes;
  std::vector<Container> init_containers;  // run one after the other, before the containers
  std::vector<Container> containers;
  std::optional<ResourceRequirements> resources;    // of all together (KEP-2837): cpu, memory, hugepages-…
  std::string restart_policy;                       // Always, OnFailure, Never
  std::optional<int64_t> termination_grace_period;  // seconds
  std::optional<int64_t> active_deadline;           // seconds from the pod's start
  std::string dns_policy;                           // ClusterFirst, ClusterFirstWithHostNet, Default, None
  std::optional<PodDnsConfig> dns_config;
  std::string service_account_name, service_account;
  std::optional<bool> automount_service_account_token;  // none: as its account says
  std::string node_name;
  bool host_network = false, host_pid = false, host_ipc = false;
  std::optional<bool> share_process_namespace;
  std::optional<PodSecurityContext> security_context;
  std::string hostname;  // empty: the pod's name
  std::string subdomain;
  std::vector<HostAlias> host_aliases;
  std::string scheduler_name;
  std::vector<Toleration> tolerations;
  std::optional<int64_t> priority;  // 0
  std::string preemption_policy;
  std::optional<bool> enable_service_links, host_users, set_hostname_as_fqdn;
  std::optional<PodOs> os;
  std::vector<ReadinessGate> readiness_gates;
};

struct Pod {
  std::string api_version = "v1", kind = "Pod";
  ObjectMeta metadata;
  PodSpec spec;
  PodStatus status;
};

}  // namespace kube
