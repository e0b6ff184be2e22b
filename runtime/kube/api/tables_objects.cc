// The fields of the objects beside Pods, as of Kubernetes 1.36, in the order of the API reference.
#include <array>

#include "base/text.h"
#include "runtime/kube/api/base64.h"
#include "runtime/kube/api/objects.h"
#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

using schema_detail::owner_of;

// A map whose values are bytes: base64 in the text.
template <auto Member>
Parsed<> decode_bytes(const Node& node, const std::string& path, void* object) {
  using Owner = decltype(owner_of(Member));
  TRY_PARSED(expect_kind(node, path, Node::Kind::mapping, "an object"));
  StringMap& out = static_cast<Owner*>(object)->*Member;
  for (const Entry& entry : node.entries) {
    const std::string here = cat(path, "[", entry.key.text, "]");
    if (entry.value.kind != Node::Kind::null)
      TRY_PARSED(expect_kind(entry.value, here, Node::Kind::string, "a string in base64"));
    std::optional<std::string> bytes = parse_base64(entry.value.text);
    if (!bytes)
      return std::unexpected(ParseError{entry.value.mark, cat(here, ": Invalid value: not base64"),
                                        "printf %s VALUE | base64; stringData of a Secret takes it as it is"});
    // stringData wins wherever it stands.
    out.emplace(entry.key.text, *std::move(bytes));
  }
  return {};
}
template <auto Member>
bool encode_bytes(const void* object, Node& out) {
  using Owner = decltype(owner_of(Member));
  StringMap texts;
  for (const auto& [key, bytes] : static_cast<const Owner*>(object)->*Member) texts[key] = write_base64(bytes);
  return encode_value(texts, out);
}

// A map of texts that only files are made of, so that any byte is welcome, NUL too.
template <auto Member>
Parsed<> decode_texts(const Node& node, const std::string& path, void* object) {
  using Owner = decltype(owner_of(Member));
  TRY_PARSED(expect_kind(node, path, Node::Kind::mapping, "an object"));
  for (const Entry& entry : node.entries) {
    if (entry.value.kind != Node::Kind::null)
      TRY_PARSED(expect_kind(entry.value, cat(path, "[", entry.key.text, "]"), Node::Kind::string, "a string"));
    (static_cast<Owner*>(object)->*Member)[entry.key.text] = entry.value.text;
  }
  return {};
}
template <auto Member>
constexpr Field bytes_field(std::string_view name) {
  return {name, decode_bytes<Member>, encode_bytes<Member>};
}
template <auto Member>
constexpr Field texts_field(std::string_view name) {
  return {name, decode_texts<Member>, schema_detail::encode_member<Member>};
}

constexpr const char* kFileSystems = "volumes are file systems here, hostPath and local";

constexpr std::array kConfigMap{
    field<&ConfigMap::api_version>("apiVersion"), field<&ConfigMap::kind>("kind"),
    field<&ConfigMap::metadata>("metadata"),      field<&ConfigMap::immutable>("immutable"),
    texts_field<&ConfigMap::data>("data"),        bytes_field<&ConfigMap::binary_data>("binaryData"),
};

// stringData is for writing only: it goes into data and wins over what is there.
constexpr std::array kSecret{
    field<&Secret::api_version>("apiVersion"),
    field<&Secret::kind>("kind"),
    field<&Secret::metadata>("metadata"),
    field<&Secret::immutable>("immutable"),
    bytes_field<&Secret::data>("data"),
    Field{"stringData", decode_texts<&Secret::data>},
    field<&Secret::type>("type"),
};

constexpr std::array kLocalObjectReference{
    field<&LocalObjectReference::name>("name"),
};

constexpr std::array kServiceAccount{
    field<&ServiceAccount::api_version>("apiVersion"),
    field<&ServiceAccount::kind>("kind"),
    field<&ServiceAccount::metadata>("metadata"),
    field<&ServiceAccount::secrets>("secrets"),
    field<&ServiceAccount::image_pull_secrets>("imagePullSecrets"),
    field<&ServiceAccount::automount_service_account_token>("automountServiceAccountToken"),
};

constexpr std::array kHostPathSource{
    field<&HostPathSource::path>("path").shown(),
    field<&HostPathSource::type>("type")
        .one_of("BlockDevice|CharDevice|Directory|DirectoryOrCreate|File|FileOrCreate|Socket")
        .shown(),
};

constexpr std::array kLocalSource{
    field<&LocalSource::path>("path").shown(),
    field<&LocalSource::fs_type>("fsType"),
};

constexpr std::array kObjectReference{
    field<&ObjectReference::kind>("kind"),
    field<&ObjectReference::ns>("namespace"),
    field<&ObjectReference::name>("name"),
    field<&ObjectReference::uid>("uid"),
    field<&ObjectReference::api_version>("apiVersion"),
    dropped("resourceVersion"),
    refused("fieldPath"),
};

constexpr std::array kSelectorRequirement{
    field<&NodeSelectorRequirement::key>("key").shown(),
    field<&NodeSelectorRequirement::op>("operator").one_of("DoesNotExist|Exists|Gt|In|Lt|NotIn").shown(),
    field<&NodeSelectorRequirement::values>("values"),
};

constexpr std::array kLabelSelector{
    field<&LabelSelector::match_labels>("matchLabels"),
    field<&LabelSelector::match_expressions>("matchExpressions"),
};

constexpr std::array kSelectorTerm{
    field<&NodeSelectorTerm::match_expressions>("matchExpressions"),
    field<&NodeSelectorTerm::match_fields>("matchFields"),
};

constexpr std::array kNodeSelector{
    field<&NodeSelector::terms>("nodeSelectorTerms").shown(),
};

constexpr std::array kVolumeNodeAffinity{
    field<&VolumeNodeAffinity::required>("required"),
};

constexpr const char* kServedHere = "there are no storage drivers: only hostPath and local volumes are served here";

constexpr std::array kPersistentVolumeSpec{
    field<&PersistentVolumeSpec::capacity>("capacity"),
    refused("gcePersistentDisk", kServedHere),
    refused("awsElasticBlockStore", kServedHere),
    field<&PersistentVolumeSpec::host_path>("hostPath"),
    refused("glusterfs", kServedHere),
    refused("nfs", kServedHere),
    refused("rbd", kServedHere),
    refused("iscsi", kServedHere),
    refused("cinder", kServedHere),
    refused("cephfs", kServedHere),
    refused("fc", kServedHere),
    refused("flocker", kServedHere),
    refused("flexVolume", kServedHere),
    refused("azureFile", kServedHere),
    refused("vsphereVolume", kServedHere),
    refused("quobyte", kServedHere),
    refused("azureDisk", kServedHere),
    refused("photonPersistentDisk", kServedHere),
    refused("portworxVolume", kServedHere),
    refused("scaleIO", kServedHere),
    field<&PersistentVolumeSpec::local>("local"),
    refused("storageos", kServedHere),
    refused("csi", kServedHere),
    field<&PersistentVolumeSpec::access_modes>("accessModes"),
    field<&PersistentVolumeSpec::claim_ref>("claimRef"),
    field<&PersistentVolumeSpec::reclaim_policy>("persistentVolumeReclaimPolicy")
        .one_of("Delete|Recycle|Retain")
        .only("Delete|Retain", "Kubernetes advises against it; Delete removes what is below /tmp"),
    field<&PersistentVolumeSpec::storage_class_name>("storageClassName"),
    field<&PersistentVolumeSpec::mount_options>("mountOptions"),
    field<&PersistentVolumeSpec::volume_mode>("volumeMode").one_of("Block|Filesystem").only("Filesystem", kFileSystems),
    field<&PersistentVolumeSpec::node_affinity>("nodeAffinity"),
    refused("volumeAttributesClassName"),
};

constexpr std::array kPersistentVolumeStatus{
    field<&PersistentVolumeStatus::phase>("phase"),
    field<&PersistentVolumeStatus::message>("message"),
    field<&PersistentVolumeStatus::reason>("reason"),
};

constexpr std::array kPersistentVolume{
    field<&PersistentVolume::api_version>("apiVersion"), field<&PersistentVolume::kind>("kind"),
    field<&PersistentVolume::metadata>("metadata"),      field<&PersistentVolume::spec>("spec").shown(),
    field<&PersistentVolume::status>("status").shown(),
};

constexpr std::array kClaimSpec{
    field<&PersistentVolumeClaimSpec::access_modes>("accessModes"),
    field<&PersistentVolumeClaimSpec::selector>("selector"),
    field<&PersistentVolumeClaimSpec::resources>("resources").shown(),
    field<&PersistentVolumeClaimSpec::volume_name>("volumeName"),
    field<&PersistentVolumeClaimSpec::storage_class_name>("storageClassName"),
    field<&PersistentVolumeClaimSpec::volume_mode>("volumeMode")
        .one_of("Block|Filesystem")
        .only("Filesystem", kFileSystems),
    refused("dataSource"),
    refused("dataSourceRef"),
    refused("volumeAttributesClassName"),
};

constexpr std::array kClaimStatus{
    field<&PersistentVolumeClaimStatus::phase>("phase"),
    field<&PersistentVolumeClaimStatus::access_modes>("accessModes"),
    field<&PersistentVolumeClaimStatus::capacity>("capacity"),
};

constexpr std::array kClaim{
    field<&PersistentVolumeClaim::api_version>("apiVersion"), field<&PersistentVolumeClaim::kind>("kind"),
    field<&PersistentVolumeClaim::metadata>("metadata"),      field<&PersistentVolumeClaim::spec>("spec").shown(),
    field<&PersistentVolumeClaim::status>("status").shown(),
};

constexpr std::array kNamespaceStatus{
    field<&NamespaceStatus::phase>("phase"),
};

// Its spec holds finalizers, which the API server sets.
constexpr std::array kNamespace{
    field<&Namespace::api_version>("apiVersion"), field<&Namespace::kind>("kind"),
    field<&Namespace::metadata>("metadata"),      dropped("spec"),
    field<&Namespace::status>("status"),
};

}  // namespace

template <>
const std::span<const Field> Table<ConfigMap>::fields = kConfigMap;
template <>
const std::span<const Field> Table<Secret>::fields = kSecret;
template <>
const std::span<const Field> Table<LocalObjectReference>::fields = kLocalObjectReference;
template <>
const std::span<const Field> Table<ServiceAccount>::fields = kServiceAccount;
template <>
const std::span<const Field> Table<HostPathSource>::fields = kHostPathSource;
template <>
const std::span<const Field> Table<LocalSource>::fields = kLocalSource;
template <>
const std::span<const Field> Table<ObjectReference>::fields = kObjectReference;
template <>
const std::span<const Field> Table<NodeSelectorRequirement>::fields = kSelectorRequirement;
template <>
const std::span<const Field> Table<LabelSelector>::fields = kLabelSelector;
template <>
const std::span<const Field> Table<NodeSelectorTerm>::fields = kSelectorTerm;
template <>
const std::span<const Field> Table<NodeSelector>::fields = kNodeSelector;
template <>
const std::span<const Field> Table<VolumeNodeAffinity>::fields = kVolumeNodeAffinity;
template <>
const std::span<const Field> Table<PersistentVolumeSpec>::fields = kPersistentVolumeSpec;
template <>
const std::span<const Field> Table<PersistentVolumeStatus>::fields = kPersistentVolumeStatus;
template <>
const std::span<const Field> Table<PersistentVolume>::fields = kPersistentVolume;
template <>
const std::span<const Field> Table<PersistentVolumeClaimSpec>::fields = kClaimSpec;
template <>
const std::span<const Field> Table<PersistentVolumeClaimStatus>::fields = kClaimStatus;
template <>
const std::span<const Field> Table<PersistentVolumeClaim>::fields = kClaim;
template <>
const std::span<const Field> Table<NamespaceStatus>::fields = kNamespaceStatus;
template <>
const std::span<const Field> Table<Namespace>::fields = kNamespace;

}  // namespace kube
