// One table a struct: it decodes the struct from nodes, prints it back, and knows the fields of Kubernetes that are not
// covered. The tables are in tables_*.cc.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/field.h"
#include "runtime/kube/api/node.h"
#include "runtime/kube/api/node_object.h"
#include "runtime/kube/api/objects.h"
#include "runtime/kube/api/pod.h"

namespace kube {

template <class T>
struct Table {
  static const std::span<const Field> fields;
};
// Each struct has its own, in tables_spec.cc, tables_security.cc and tables_status.cc.
template <>
const std::span<const Field> Table<PodSpec>::fields;
template <>
const std::span<const Field> Table<Container>::fields;
template <>
const std::span<const Field> Table<RestartRule>::fields;
template <>
const std::span<const Field> Table<ExitCodes>::fields;
template <>
const std::span<const Field> Table<ReadinessGate>::fields;
// In tables_probes.cc.
template <>
const std::span<const Field> Table<Probe>::fields;
template <>
const std::span<const Field> Table<GrpcAction>::fields;
// In tables_handlers.cc.
template <>
const std::span<const Field> Table<ExecAction>::fields;
template <>
const std::span<const Field> Table<HttpHeader>::fields;
template <>
const std::span<const Field> Table<HttpGetAction>::fields;
template <>
const std::span<const Field> Table<TcpSocketAction>::fields;
template <>
const std::span<const Field> Table<SleepAction>::fields;
template <>
const std::span<const Field> Table<LifecycleHandler>::fields;
template <>
const std::span<const Field> Table<Lifecycle>::fields;
template <>
const std::span<const Field> Table<SecurityContext>::fields;
template <>
const std::span<const Field> Table<PodSecurityContext>::fields;
template <>
const std::span<const Field> Table<Volume>::fields;
template <>
const std::span<const Field> Table<VolumeMount>::fields;
template <>
const std::span<const Field> Table<EmptyDir>::fields;
template <>
const std::span<const Field> Table<ClaimSource>::fields;
template <>
const std::span<const Field> Table<ImageSource>::fields;
template <>
const std::span<const Field> Table<EnvVar>::fields;
template <>
const std::span<const Field> Table<ContainerPort>::fields;
template <>
const std::span<const Field> Table<ResourceRequirements>::fields;
template <>
const std::span<const Field> Table<ResizePolicy>::fields;
template <>
const std::span<const Field> Table<Capabilities>::fields;
template <>
const std::span<const Field> Table<Toleration>::fields;
template <>
const std::span<const Field> Table<SeLinuxOptions>::fields;
template <>
const std::span<const Field> Table<SecurityProfile>::fields;
template <>
const std::span<const Field> Table<WindowsOptions>::fields;
template <>
const std::span<const Field> Table<PodSysctl>::fields;
template <>
const std::span<const Field> Table<HostAlias>::fields;
template <>
const std::span<const Field> Table<DnsOption>::fields;
template <>
const std::span<const Field> Table<PodDnsConfig>::fields;
template <>
const std::span<const Field> Table<PodOs>::fields;
template <>
const std::span<const Field> Table<Pod>::fields;
template <>
const std::span<const Field> Table<ObjectMeta>::fields;
template <>
const std::span<const Field> Table<PodStatus>::fields;
template <>
const std::span<const Field> Table<PodIp>::fields;
template <>
const std::span<const Field> Table<PodCondition>::fields;
template <>
const std::span<const Field> Table<ContainerStatus>::fields;
template <>
const std::span<const Field> Table<ContainerState>::fields;
template <>
const std::span<const Field> Table<StateWaiting>::fields;
template <>
const std::span<const Field> Table<StateRunning>::fields;
template <>
const std::span<const Field> Table<StateTerminated>::fields;
template <>
const std::span<const Field> Table<ContainerUser>::fields;
template <>
const std::span<const Field> Table<LinuxUser>::fields;
template <>
const std::span<const Field> Table<Event>::fields;
// In tables_content.cc.
template <>
const std::span<const Field> Table<KeySelector>::fields;
template <>
const std::span<const Field> Table<FieldSelector>::fields;
template <>
const std::span<const Field> Table<ResourceSelector>::fields;
template <>
const std::span<const Field> Table<EnvSource>::fields;
template <>
const std::span<const Field> Table<EnvFromObject>::fields;
template <>
const std::span<const Field> Table<EnvFrom>::fields;
template <>
const std::span<const Field> Table<KeyToPath>::fields;
template <>
const std::span<const Field> Table<ConfigMapSource>::fields;
template <>
const std::span<const Field> Table<SecretSource>::fields;
template <>
const std::span<const Field> Table<DownwardFile>::fields;
template <>
const std::span<const Field> Table<DownwardSource>::fields;
template <>
const std::span<const Field> Table<ObjectProjection>::fields;
template <>
const std::span<const Field> Table<DownwardProjection>::fields;
template <>
const std::span<const Field> Table<TokenProjection>::fields;
template <>
const std::span<const Field> Table<Projection>::fields;
template <>
const std::span<const Field> Table<ProjectedSource>::fields;
// In tables_objects.cc.
template <>
const std::span<const Field> Table<ConfigMap>::fields;
template <>
const std::span<const Field> Table<Secret>::fields;
template <>
const std::span<const Field> Table<LocalObjectReference>::fields;
template <>
const std::span<const Field> Table<ServiceAccount>::fields;
template <>
const std::span<const Field> Table<HostPathSource>::fields;
template <>
const std::span<const Field> Table<LocalSource>::fields;
template <>
const std::span<const Field> Table<ObjectReference>::fields;
template <>
const std::span<const Field> Table<NodeSelectorRequirement>::fields;
template <>
const std::span<const Field> Table<LabelSelector>::fields;
template <>
const std::span<const Field> Table<NodeSelectorTerm>::fields;
template <>
const std::span<const Field> Table<NodeSelector>::fields;
template <>
const std::span<const Field> Table<VolumeNodeAffinity>::fields;
template <>
const std::span<const Field> Table<PersistentVolumeSpec>::fields;
template <>
const std::span<const Field> Table<PersistentVolumeStatus>::fields;
template <>
const std::span<const Field> Table<PersistentVolume>::fields;
template <>
const std::span<const Field> Table<PersistentVolumeClaimSpec>::fields;
template <>
const std::span<const Field> Table<PersistentVolumeClaimStatus>::fields;
template <>
const std::span<const Field> Table<PersistentVolumeClaim>::fields;
template <>
const std::span<const Field> Table<NamespaceStatus>::fields;
template <>
const std::span<const Field> Table<Namespace>::fields;

// In tables_node.cc.
template <>
const std::span<const Field> Table<NodeAddress>::fields;
template <>
const std::span<const Field> Table<NodeCondition>::fields;
template <>
const std::span<const Field> Table<NodeSystemInfo>::fields;
template <>
const std::span<const Field> Table<NodeStatus>::fields;
template <>
const std::span<const Field> Table<NodeSpec>::fields;
template <>
const std::span<const Field> Table<NodeObject>::fields;
template <>
const std::span<const Field> Table<LimitRangeItem>::fields;
template <>
const std::span<const Field> Table<LimitRangeSpec>::fields;
template <>
const std::span<const Field> Table<LimitRange>::fields;

// Decoding. `path` names the value in errors. A null node is never given: the field is then left as it is.
Parsed<> decode_value(const Node& node, const std::string& path, std::string& out);
Parsed<> decode_value(const Node& node, const std::string& path, bool& out);
Parsed<> decode_value(const Node& node, const std::string& path, int64_t& out);
Parsed<> decode_value(const Node& node, const std::string& path, Quantity& out);
Parsed<> decode_value(const Node& node, const std::string& path, Time& out);
Parsed<> decode_value(const Node& node, const std::string& path, PortReference& out);
// Strict: unknown, not covered and duplicate fields are errors.
Parsed<> decode_fields(const Node& node, const std::string& path, std::span<const Field> fields, void* object);
Parsed<> expect_kind(const Node& node, const std::string& path, Node::Kind kind, std::string_view wanted);

template <class T>
Parsed<> decode_value(const Node& node, const std::string& path, T& out);
template <class T>
Parsed<> decode_value(const Node& node, const std::string& path, std::optional<T>& out) {
  return decode_value(node, path, out.emplace());
}
template <class T>
Parsed<> decode_value(const Node& node, const std::string& path, std::vector<T>& out) {
  TRY_PARSED(expect_kind(node, path, Node::Kind::sequence, "a list"));
  for (const Node& item : node.items) {
    std::string here = path + "[" + std::to_string(out.size()) + "]";
    TRY_PARSED(decode_value(item, here, out.emplace_back()));
  }
  return {};
}
template <class T>
Parsed<> decode_value(const Node& node, const std::string& path, std::map<std::string, T>& out) {
  TRY_PARSED(expect_kind(node, path, Node::Kind::mapping, "an object"));
  for (const Entry& entry : node.entries)
    TRY_PARSED(decode_value(entry.value, path + "[" + entry.key.text + "]", out[entry.key.text]));
  return {};
}
template <class T>
Parsed<> decode_value(const Node& node, const std::string& path, T& out) {
  return decode_fields(node, path, Table<T>::fields, &out);
}

// Encoding: the opposite. False when the value is empty.
bool encode_value(const std::string& value, Node& out);
bool encode_value(bool value, Node& out);
bool encode_value(int64_t value, Node& out);
bool encode_value(const Quantity& value, Node& out);
bool encode_value(const Time& value, Node& out);
bool encode_value(const PortReference& value, Node& out);
bool encode_fields(std::span<const Field> fields, const void* object, Node& out);

template <class T>
bool encode_value(const T& value, Node& out);
template <class T>
bool encode_value(const std::optional<T>& value, Node& out) {
  if (value) encode_value(*value, out);
  return value.has_value();
}
template <class T>
bool encode_value(const std::vector<T>& value, Node& out) {
  out.kind = Node::Kind::sequence;
  for (const T& item : value) encode_value(item, out.items.emplace_back());
  return !value.empty();
}
template <class T>
bool encode_value(const std::map<std::string, T>& value, Node& out) {
  out.kind = Node::Kind::mapping;
  for (const auto& [key, item] : value) {
    Entry& entry = out.entries.emplace_back();
    encode_value(key, entry.key);
    encode_value(item, entry.value);
  }
  return !value.empty();
}
template <class T>
bool encode_value(const T& value, Node& out) {
  return encode_fields(Table<T>::fields, &value, out);
}

template <class T>
Node encode(const T& value) {
  Node node;
  encode_value(value, node);
  return node;
}

// Whether two objects of a kind say the same.
template <class T>
bool is_same(const T& left, const T& right) {
  return emit_compact_json(encode(left)) == emit_compact_json(encode(right));
}

namespace schema_detail {
// Whether a value has fields. Who adds a decode_value() for a scalar adds a line here.
template <class T>
struct Shape {
  static constexpr const std::span<const Field>* fields = &Table<T>::fields;
  static constexpr std::string_view many = {};
};
struct ScalarShape {
  static constexpr const std::span<const Field>* fields = nullptr;
  static constexpr std::string_view many = {};
};
template <>
struct Shape<std::string> : ScalarShape {};
template <>
struct Shape<bool> : ScalarShape {};
template <>
struct Shape<int64_t> : ScalarShape {};
template <>
struct Shape<Quantity> : ScalarShape {};
template <>
struct Shape<Time> : ScalarShape {};
template <>
struct Shape<PortReference> : ScalarShape {};
template <class T>
struct Shape<std::optional<T>> : Shape<T> {};
template <class T>
struct Shape<std::vector<T>> : Shape<T> {
  static constexpr std::string_view many = "[]";
};
template <class T>
struct Shape<std::map<std::string, T>> : Shape<T> {
  static constexpr std::string_view many = "{}";
};

template <class Owner, class Value>
Owner owner_of(Value Owner::*);
template <class Owner, class Value>
Value value_of(Value Owner::*);

template <auto Member>
Parsed<> decode_member(const Node& node, const std::string& path, void* object) {
  using Owner = decltype(owner_of(Member));
  return decode_value(node, path, static_cast<Owner*>(object)->*Member);
}
template <auto Member>
bool encode_member(const void* object, Node& out) {
  using Owner = decltype(owner_of(Member));
  return encode_value(static_cast<const Owner*>(object)->*Member, out);
}
inline Parsed<> skip(const Node&, const std::string&, void*) {
  return {};
}
}  // namespace schema_detail

// A field that is covered: field<&Container::image>("image").
template <auto Member>
constexpr Field field(std::string_view name) {
  using Shape = schema_detail::Shape<decltype(schema_detail::value_of(Member))>;
  Field made{name, schema_detail::decode_member<Member>, schema_detail::encode_member<Member>};
  made.fields = Shape::fields;
  made.many = Shape::many;
  return made;
}
// A known field that is refused. `reason`: why it will be, for good; empty: it is not covered yet.
constexpr Field refused(std::string_view name, std::string_view reason = {}) {
  return Field{name}.denied(reason);
}
// A field that the API server sets itself, whatever is given.
constexpr Field dropped(std::string_view name) {
  return Field{name, schema_detail::skip}.ignored("set by an API server");
}

}  // namespace kube
