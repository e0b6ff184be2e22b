// The fields of Node and LimitRange, as of Kubernetes 1.36, in the order of the API reference.
#include <array>

#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

constexpr std::array kNodeAddress{
    field<&NodeAddress::type>("type").shown(),
    field<&NodeAddress::address>("address").shown(),
};

constexpr std::array kNodeCondition{
    field<&NodeCondition::type>("type").shown(),
    field<&NodeCondition::status>("status").shown(),
    dropped("lastHeartbeatTime"),
    dropped("lastTransitionTime"),
    field<&NodeCondition::reason>("reason"),
    field<&NodeCondition::message>("message"),
};

constexpr std::array kNodeSystemInfo{
    dropped("machineID"),
    dropped("systemUUID"),
    dropped("bootID"),
    field<&NodeSystemInfo::kernel_version>("kernelVersion"),
    field<&NodeSystemInfo::os_image>("osImage"),
    field<&NodeSystemInfo::container_runtime_version>("containerRuntimeVersion"),
    field<&NodeSystemInfo::kubelet_version>("kubeletVersion"),
    dropped("kubeProxyVersion"),
    field<&NodeSystemInfo::operating_system>("operatingSystem"),
    field<&NodeSystemInfo::architecture>("architecture"),
};

// What a kubelet reports of itself is said anew here, whatever a manifest has of it.
constexpr std::array kNodeStatus{
    field<&NodeStatus::capacity>("capacity"),
    field<&NodeStatus::allocatable>("allocatable"),
    dropped("phase"),
    field<&NodeStatus::conditions>("conditions"),
    field<&NodeStatus::addresses>("addresses"),
    dropped("daemonEndpoints"),
    field<&NodeStatus::info>("nodeInfo"),
    dropped("images"),
    dropped("volumesInUse"),
    dropped("volumesAttached"),
    dropped("config"),
    dropped("runtimeHandlers"),
    dropped("features"),
};

constexpr std::array kNodeSpec{
    dropped("podCIDR"), dropped("podCIDRs"),     dropped("providerID"), refused("unschedulable"),
    refused("taints"),  refused("configSource"), dropped("externalID"),
};

constexpr std::array kNodeObject{
    field<&NodeObject::api_version>("apiVersion"), field<&NodeObject::kind>("kind"),
    field<&NodeObject::metadata>("metadata"),      field<&NodeObject::spec>("spec"),
    field<&NodeObject::status>("status"),
};

constexpr std::array kLimitRangeItem{
    field<&LimitRangeItem::type>("type").shown(),
    field<&LimitRangeItem::max>("max"),
    field<&LimitRangeItem::min>("min"),
    field<&LimitRangeItem::default_limit>("default"),
    field<&LimitRangeItem::default_request>("defaultRequest"),
    field<&LimitRangeItem::max_ratio>("maxLimitRequestRatio"),
};

constexpr std::array kLimitRangeSpec{
    field<&LimitRangeSpec::limits>("limits").shown(),
};

constexpr std::array kLimitRange{
    field<&LimitRange::api_version>("apiVersion"),
    field<&LimitRange::kind>("kind"),
    field<&LimitRange::metadata>("metadata"),
    field<&LimitRange::spec>("spec"),
};

}  // namespace

template <>
const std::span<const Field> Table<NodeAddress>::fields = kNodeAddress;
template <>
const std::span<const Field> Table<NodeCondition>::fields = kNodeCondition;
template <>
const std::span<const Field> Table<NodeSystemInfo>::fields = kNodeSystemInfo;
template <>
const std::span<const Field> Table<NodeStatus>::fields = kNodeStatus;
template <>
const std::span<const Field> Table<NodeSpec>::fields = kNodeSpec;
template <>
const std::span<const Field> Table<NodeObject>::fields = kNodeObject;
template <>
const std::span<const Field> Table<LimitRangeItem>::fields = kLimitRangeItem;
template <>
const std::span<const Field> Table<LimitRangeSpec>::fields = kLimitRangeSpec;
template <>
const std::span<const Field> Table<LimitRange>::fields = kLimitRange;

}  // namespace kube
