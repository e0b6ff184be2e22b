// The fields of a Pod itself, its metadata and status, and of events.
#include <array>

#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

constexpr std::array kPod{
    field<&Pod::api_version>("apiVersion").shown(),
    field<&Pod::kind>("kind").shown(),
    field<&Pod::metadata>("metadata").shown(),
    field<&Pod::spec>("spec").shown(),
    field<&Pod::status>("status").shown().ignored("the node sets it"),
};

constexpr const char* kNodes = "the node sets it";

// Dropped is what an API server replaces in a new object, so that the output of `get -o yaml` can be applied.
constexpr std::array kMetadata{
    field<&ObjectMeta::name>("name"),
    refused("generateName", "a manifest that is applied again needs a name"),
    field<&ObjectMeta::ns>("namespace"),
    dropped("selfLink"),
    field<&ObjectMeta::uid>("uid").ignored(kNodes),
    dropped("resourceVersion"),
    field<&ObjectMeta::generation>("generation").ignored(kNodes),
    field<&ObjectMeta::creation_time>("creationTimestamp").ignored(kNodes),
    field<&ObjectMeta::deletion_time>("deletionTimestamp").ignored(kNodes),
    field<&ObjectMeta::deletion_grace_period>("deletionGracePeriodSeconds").ignored(kNodes),
    field<&ObjectMeta::labels>("labels"),
    field<&ObjectMeta::annotations>("annotations"),
    refused("ownerReferences", "there are no controllers"),
    refused("finalizers", "nobody would take them away"),
    dropped("managedFields"),
};

constexpr std::array kPodStatus{
    field<&PodStatus::observed_generation>("observedGeneration"),
    field<&PodStatus::phase>("phase"),
    field<&PodStatus::conditions>("conditions"),
    field<&PodStatus::message>("message"),
    field<&PodStatus::reason>("reason"),
    field<&PodStatus::host_ip>("hostIP"),
    field<&PodStatus::host_ips>("hostIPs"),
    field<&PodStatus::pod_ip>("podIP"),
    field<&PodStatus::pod_ips>("podIPs"),
    field<&PodStatus::start_time>("startTime"),
    field<&PodStatus::init_container_statuses>("initContainerStatuses"),
    field<&PodStatus::container_statuses>("containerStatuses"),
    field<&PodStatus::qos_class>("qosClass"),
    field<&PodStatus::resize>("resize"),
};

constexpr std::array kPodIp{
    field<&PodIp::ip>("ip").shown(),
};

constexpr std::array kPodCondition{
    field<&PodCondition::observed_generation>("observedGeneration"),
    field<&PodCondition::type>("type").shown(),
    field<&PodCondition::status>("status").shown(),
    field<&PodCondition::last_probe_time>("lastProbeTime").shown(),
    field<&PodCondition::last_transition_time>("lastTransitionTime").shown(),
    field<&PodCondition::reason>("reason"),
    field<&PodCondition::message>("message"),
};

constexpr std::array kContainerStatus{
    field<&ContainerStatus::name>("name").shown(),
    field<&ContainerStatus::state>("state").shown(),
    field<&ContainerStatus::last_state>("lastState").shown(),
    field<&ContainerStatus::ready>("ready").shown(),
    field<&ContainerStatus::restart_count>("restartCount").shown(),
    field<&ContainerStatus::image>("image").shown(),
    field<&ContainerStatus::image_id>("imageID").shown(),
    field<&ContainerStatus::container_id>("containerID"),
    field<&ContainerStatus::started>("started"),
    field<&ContainerStatus::allocated_resources>("allocatedResources"),
    field<&ContainerStatus::resources>("resources"),
    field<&ContainerStatus::user>("user"),
    field<&ContainerStatus::stop_signal>("stopSignal"),
};

constexpr std::array kContainerState{
    field<&ContainerState::waiting>("waiting"),
    field<&ContainerState::running>("running"),
    field<&ContainerState::terminated>("terminated"),
};

constexpr std::array kWaiting{
    field<&StateWaiting::reason>("reason"),
    field<&StateWaiting::message>("message"),
};

constexpr std::array kRunning{
    field<&StateRunning::started_at>("startedAt").shown(),
};

constexpr std::array kTerminated{
    field<&StateTerminated::exit_code>("exitCode").shown(),
    field<&StateTerminated::signal>("signal"),
    field<&StateTerminated::reason>("reason"),
    field<&StateTerminated::message>("message"),
    field<&StateTerminated::started_at>("startedAt").shown(),
    field<&StateTerminated::finished_at>("finishedAt").shown(),
    field<&StateTerminated::container_id>("containerID"),
};

constexpr std::array kContainerUser{
    field<&ContainerUser::linux_user>("linux"),
};

constexpr std::array kLinuxUser{
    field<&LinuxUser::uid>("uid").shown(),
    field<&LinuxUser::gid>("gid").shown(),
    field<&LinuxUser::supplemental_groups>("supplementalGroups"),
};

// As kept on disk; print.cc makes the API's object of it.
constexpr std::array kEvent{
    field<&Event::type>("type"),
    field<&Event::reason>("reason"),
    field<&Event::from>("from"),
    field<&Event::message>("message"),
    field<&Event::object>("object"),
    field<&Event::count>("count").shown(),
    field<&Event::first>("firstTimestamp"),
    field<&Event::last>("lastTimestamp"),
};

}  // namespace

template <>
const std::span<const Field> Table<Pod>::fields = kPod;
template <>
const std::span<const Field> Table<ObjectMeta>::fields = kMetadata;
template <>
const std::span<const Field> Table<PodStatus>::fields = kPodStatus;
template <>
const std::span<const Field> Table<PodIp>::fields = kPodIp;
template <>
const std::span<const Field> Table<PodCondition>::fields = kPodCondition;
template <>
const std::span<const Field> Table<ContainerStatus>::fields = kContainerStatus;
template <>
const std::span<const Field> Table<ContainerState>::fields = kContainerState;
template <>
const std::span<const Field> Table<StateWaiting>::fields = kWaiting;
template <>
const std::span<const Field> Table<StateRunning>::fields = kRunning;
template <>
const std::span<const Field> Table<StateTerminated>::fields = kTerminated;
template <>
const std::span<const Field> Table<ContainerUser>::fields = kContainerUser;
template <>
const std::span<const Field> Table<LinuxUser>::fields = kLinuxUser;
template <>
const std::span<const Field> Table<Event>::fields = kEvent;

}  // namespace kube
