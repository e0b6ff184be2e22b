// The fields of PodSpec and what is in it, as of Kubernetes 1.36, in the order of the API reference.
// Security contexts and what else is of a pod's own are in tables_security.cc.
#include <array>

#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

constexpr const char* kOneNode = "there is one node, and nothing to choose from";
constexpr const char* kNoGroups = "pods are not scheduled in groups";
constexpr const char* kNoDevices = "there is no driver of dynamic resources";
constexpr const char* kRemoved = "removed from Kubernetes";
constexpr const char* kNoDriver = "there are no storage drivers: hostPath shows what the host has mounted";

// Scheduling decides between nodes; a pod that must not run just anywhere is refused rather than run here in silence.
constexpr std::array kPodSpec{
    field<&PodSpec::volumes>("volumes"),
    field<&PodSpec::init_containers>("initContainers"),
    field<&PodSpec::containers>("containers").shown(),
    refused("ephemeralContainers", "not in a manifest: a cluster takes them by its own request only"),
    field<&PodSpec::restart_policy>("restartPolicy").one_of("Always|Never|OnFailure"),
    field<&PodSpec::termination_grace_period>("terminationGracePeriodSeconds"),
    field<&PodSpec::active_deadline>("activeDeadlineSeconds"),
    field<&PodSpec::dns_policy>("dnsPolicy").one_of("ClusterFirst|ClusterFirstWithHostNet|Default|None"),
    refused("nodeSelector", kOneNode),
    field<&PodSpec::service_account_name>("serviceAccountName"),
    field<&PodSpec::service_account>("serviceAccount"),
    field<&PodSpec::automount_service_account_token>("automountServiceAccountToken"),
    field<&PodSpec::node_name>("nodeName").noted("this node's name only"),
    field<&PodSpec::host_network>("hostNetwork"),
    field<&PodSpec::host_pid>("hostPID"),
    field<&PodSpec::host_ipc>("hostIPC"),
    field<&PodSpec::share_process_namespace>("shareProcessNamespace"),
    field<&PodSpec::security_context>("securityContext"),
    refused("imagePullSecrets", "nothing is pulled"),
    field<&PodSpec::hostname>("hostname"),
    field<&PodSpec::subdomain>("subdomain"),
    refused("affinity", kOneNode),
    field<&PodSpec::scheduler_name>("schedulerName").only("default-scheduler", "there is no scheduler"),
    field<&PodSpec::tolerations>("tolerations").ignored("the node has no taints"),
    field<&PodSpec::host_aliases>("hostAliases"),
    refused("priorityClassName", "there are no priority classes"),
    field<&PodSpec::priority>("priority").only("0", "there are no priority classes"),
    field<&PodSpec::dns_config>("dnsConfig"),
    field<&PodSpec::readiness_gates>("readinessGates").noted("nobody sets such conditions here: apply says so"),
    refused("runtimeClassName", "there are no runtime classes: nacelle runs all pods"),
    field<&PodSpec::enable_service_links>("enableServiceLinks").ignored("there are no Services"),
    field<&PodSpec::preemption_policy>("preemptionPolicy")
        .one_of("Never|PreemptLowerPriority")
        .ignored("nobody is evicted for another"),
    refused("overhead", "it comes with a runtime class"),
    refused("topologySpreadConstraints", kOneNode),
    field<&PodSpec::set_hostname_as_fqdn>("setHostnameAsFQDN"),
    field<&PodSpec::os>("os"),
    field<&PodSpec::host_users>("hostUsers"),
    refused("schedulingGates", "nobody would take them away"),
    refused("resourceClaims", kNoDevices),
    field<&PodSpec::resources>("resources"),
    refused("hostnameOverride"),
    refused("workloadRef", kNoGroups),
    refused("schedulingGroup", kNoGroups),
};

constexpr std::array kContainer{
    field<&Container::name>("name").shown(),
    field<&Container::image>("image"),
    field<&Container::command>("command"),
    field<&Container::args>("args"),
    field<&Container::working_dir>("workingDir"),
    field<&Container::ports>("ports").noted("for hostPort and the names in probes; the others can be reached, too"),
    field<&Container::env_from>("envFrom"),
    field<&Container::env>("env"),
    field<&Container::resources>("resources").shown(),
    field<&Container::resize_policy>("resizePolicy"),
    field<&Container::restart_policy>("restartPolicy").one_of("Always|Never|OnFailure"),
    field<&Container::restart_rules>("restartPolicyRules"),
    field<&Container::volume_mounts>("volumeMounts"),
    refused("volumeDevices", "volumes are file systems here"),
    field<&Container::liveness_probe>("livenessProbe"),
    field<&Container::readiness_probe>("readinessProbe"),
    field<&Container::startup_probe>("startupProbe"),
    field<&Container::lifecycle>("lifecycle"),
    field<&Container::termination_message_path>("terminationMessagePath"),
    field<&Container::termination_message_policy>("terminationMessagePolicy").one_of("FallbackToLogsOnError|File"),
    field<&Container::image_pull_policy>("imagePullPolicy").one_of("Always|IfNotPresent|Never"),
    field<&Container::security_context>("securityContext"),
    field<&Container::stdin>("stdin"),
    field<&Container::stdin_once>("stdinOnce"),
    field<&Container::tty>("tty"),
};

constexpr std::array kRestartRule{
    field<&RestartRule::action>("action").one_of("Restart|RestartAllContainers").shown(),
    field<&RestartRule::exit_codes>("exitCodes"),
};

constexpr std::array kReadinessGate{
    field<&ReadinessGate::condition_type>("conditionType").shown(),
};

constexpr std::array kExitCodes{
    field<&ExitCodes::op>("operator").one_of("In|NotIn").shown(),
    field<&ExitCodes::values>("values"),
};

constexpr std::array kVolume{
    field<&Volume::name>("name").shown(),
    field<&Volume::empty_dir>("emptyDir"),
    field<&Volume::host_path>("hostPath"),
    refused("gcePersistentDisk", kNoDriver),
    refused("awsElasticBlockStore", kNoDriver),
    refused("gitRepo", "Kubernetes has it switched off (CVE-2024-10220)"),
    field<&Volume::secret>("secret"),
    refused("nfs", kNoDriver),
    refused("iscsi", kNoDriver),
    refused("glusterfs", kRemoved),
    field<&Volume::claim>("persistentVolumeClaim"),
    refused("rbd", kRemoved),
    refused("flexVolume", kNoDriver),
    refused("cinder", kNoDriver),
    refused("cephfs", kRemoved),
    refused("flocker", kRemoved),
    field<&Volume::downward>("downwardAPI"),
    refused("fc", kNoDriver),
    refused("azureFile", kNoDriver),
    field<&Volume::config_map>("configMap"),
    refused("vsphereVolume", kNoDriver),
    refused("quobyte", kRemoved),
    refused("azureDisk", kNoDriver),
    refused("photonPersistentDisk", kRemoved),
    field<&Volume::projected>("projected"),
    refused("portworxVolume", kNoDriver),
    refused("scaleIO", kRemoved),
    refused("storageos", kRemoved),
    refused("csi", kNoDriver),
    refused("ephemeral", kNoDriver),
    field<&Volume::image>("image"),
};

constexpr std::array kVolumeMount{
    field<&VolumeMount::name>("name").shown(),
    field<&VolumeMount::read_only>("readOnly"),
    field<&VolumeMount::recursive_read_only>("recursiveReadOnly").one_of("Disabled|Enabled|IfPossible"),
    field<&VolumeMount::mount_path>("mountPath").shown(),
    field<&VolumeMount::sub_path>("subPath"),
    field<&VolumeMount::mount_propagation>("mountPropagation").one_of("Bidirectional|HostToContainer|None"),
    field<&VolumeMount::sub_path_expr>("subPathExpr"),
};

constexpr std::array kEmptyDir{
    field<&EmptyDir::medium>("medium").noted("Memory, HugePages or HugePages-SIZE"),
    field<&EmptyDir::size_limit>("sizeLimit"),
};

constexpr std::array kClaimSource{
    field<&ClaimSource::claim_name>("claimName").shown(),
    field<&ClaimSource::read_only>("readOnly"),
};

constexpr std::array kImageSource{
    field<&ImageSource::reference>("reference"),
    field<&ImageSource::pull_policy>("pullPolicy").one_of("Always|IfNotPresent|Never"),
};

constexpr std::array kEnvVar{
    field<&EnvVar::name>("name").shown(),
    field<&EnvVar::value>("value"),
    field<&EnvVar::value_from>("valueFrom"),
};

constexpr std::array kContainerPort{
    field<&ContainerPort::name>("name"),
    field<&ContainerPort::host_port>("hostPort")
        .noted("by a CNI plugin that maps ports; with hostNetwork, the containerPort"),
    field<&ContainerPort::container_port>("containerPort").shown(),
    field<&ContainerPort::protocol>("protocol").one_of("SCTP|TCP|UDP"),
    field<&ContainerPort::host_ip>("hostIP").noted("of the hostPort"),
};

constexpr std::array kResources{
    field<&ResourceRequirements::limits>("limits"),
    field<&ResourceRequirements::requests>("requests"),
    refused("claims", kNoDevices),
};

constexpr std::array kResizePolicy{
    field<&ResizePolicy::resource_name>("resourceName").one_of("cpu|memory").shown(),
    field<&ResizePolicy::restart_policy>("restartPolicy").one_of("NotRequired|RestartContainer").shown(),
};

constexpr std::array kToleration{
    field<&Toleration::key>("key"),
    field<&Toleration::op>("operator").one_of("Equal|Exists|Gt|Lt"),
    field<&Toleration::value>("value"),
    field<&Toleration::effect>("effect").one_of("NoExecute|NoSchedule|PreferNoSchedule"),
    field<&Toleration::seconds>("tolerationSeconds"),
};

constexpr std::array kPodOs{
    field<&PodOs::name>("name").one_of("linux|windows").only("linux", "this is Linux").shown(),
};

}  // namespace

template <>
const std::span<const Field> Table<PodSpec>::fields = kPodSpec;
template <>
const std::span<const Field> Table<Container>::fields = kContainer;
template <>
const std::span<const Field> Table<RestartRule>::fields = kRestartRule;
template <>
const std::span<const Field> Table<ExitCodes>::fields = kExitCodes;
template <>
const std::span<const Field> Table<ReadinessGate>::fields = kReadinessGate;
template <>
const std::span<const Field> Table<Volume>::fields = kVolume;
template <>
const std::span<const Field> Table<VolumeMount>::fields = kVolumeMount;
template <>
const std::span<const Field> Table<EmptyDir>::fields = kEmptyDir;
template <>
const std::span<const Field> Table<ClaimSource>::fields = kClaimSource;
template <>
const std::span<const Field> Table<ImageSource>::fields = kImageSource;
template <>
const std::span<const Field> Table<EnvVar>::fields = kEnvVar;
template <>
const std::span<const Field> Table<ContainerPort>::fields = kContainerPort;
template <>
const std::span<const Field> Table<ResourceRequirements>::fields = kResources;
template <>
const std::span<const Field> Table<ResizePolicy>::fields = kResizePolicy;
template <>
const std::span<const Field> Table<Toleration>::fields = kToleration;
template <>
const std::span<const Field> Table<PodOs>::fields = kPodOs;

}  // namespace kube
