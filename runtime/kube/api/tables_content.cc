// The fields of content.h, as of Kubernetes 1.36, in the order of the API reference.
#include <array>

#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

constexpr std::array kKeySelector{
    field<&KeySelector::name>("name"),
    field<&KeySelector::key>("key").shown(),
    field<&KeySelector::optional>("optional"),
};

constexpr std::array kFieldSelector{
    field<&FieldSelector::api_version>("apiVersion"),
    field<&FieldSelector::path>("fieldPath").shown(),
};

constexpr std::array kResourceSelector{
    field<&ResourceSelector::container>("containerName"),
    field<&ResourceSelector::resource>("resource").shown(),
    field<&ResourceSelector::divisor>("divisor"),
};

constexpr std::array kEnvSource{
    field<&EnvSource::field>("fieldRef"),
    field<&EnvSource::resource>("resourceFieldRef"),
    field<&EnvSource::config_map>("configMapKeyRef"),
    field<&EnvSource::secret>("secretKeyRef"),
    refused("fileKeyRef"),
};

constexpr std::array kEnvFromObject{
    field<&EnvFromObject::name>("name"),
    field<&EnvFromObject::optional>("optional"),
};

constexpr std::array kEnvFrom{
    field<&EnvFrom::prefix>("prefix"),
    field<&EnvFrom::config_map>("configMapRef"),
    field<&EnvFrom::secret>("secretRef"),
};

constexpr std::array kKeyToPath{
    field<&KeyToPath::key>("key").shown(),
    field<&KeyToPath::path>("path").shown(),
    field<&KeyToPath::mode>("mode"),
};

constexpr std::array kConfigMapSource{
    field<&ConfigMapSource::name>("name"),
    field<&ConfigMapSource::items>("items"),
    field<&ConfigMapSource::default_mode>("defaultMode"),
    field<&ConfigMapSource::optional>("optional"),
};

constexpr std::array kSecretSource{
    field<&SecretSource::secret_name>("secretName"),
    field<&SecretSource::items>("items"),
    field<&SecretSource::default_mode>("defaultMode"),
    field<&SecretSource::optional>("optional"),
};

constexpr std::array kDownwardFile{
    field<&DownwardFile::path>("path").shown(),
    field<&DownwardFile::field>("fieldRef"),
    field<&DownwardFile::resource>("resourceFieldRef"),
    field<&DownwardFile::mode>("mode"),
};

constexpr std::array kDownwardSource{
    field<&DownwardSource::items>("items"),
    field<&DownwardSource::default_mode>("defaultMode"),
};

constexpr std::array kObjectProjection{
    field<&ObjectProjection::name>("name"),
    field<&ObjectProjection::items>("items"),
    field<&ObjectProjection::optional>("optional"),
};

constexpr std::array kDownwardProjection{
    field<&DownwardProjection::items>("items"),
};

constexpr std::array kTokenProjection{
    field<&TokenProjection::audience>("audience"),
    field<&TokenProjection::expiration_seconds>("expirationSeconds"),
    field<&TokenProjection::path>("path").shown(),
};

constexpr std::array kProjection{
    field<&Projection::secret>("secret"),
    field<&Projection::downward>("downwardAPI"),
    field<&Projection::config_map>("configMap"),
    field<&Projection::token>("serviceAccountToken"),
    refused("clusterTrustBundle", "there are no trust bundles"),
    refused("podCertificate", "nobody signs certificates of pods"),
};

constexpr std::array kProjectedSource{
    field<&ProjectedSource::sources>("sources").shown(),
    field<&ProjectedSource::default_mode>("defaultMode"),
};

}  // namespace

template <>
const std::span<const Field> Table<KeySelector>::fields = kKeySelector;
template <>
const std::span<const Field> Table<FieldSelector>::fields = kFieldSelector;
template <>
const std::span<const Field> Table<ResourceSelector>::fields = kResourceSelector;
template <>
const std::span<const Field> Table<EnvSource>::fields = kEnvSource;
template <>
const std::span<const Field> Table<EnvFromObject>::fields = kEnvFromObject;
template <>
const std::span<const Field> Table<EnvFrom>::fields = kEnvFrom;
template <>
const std::span<const Field> Table<KeyToPath>::fields = kKeyToPath;
template <>
const std::span<const Field> Table<ConfigMapSource>::fields = kConfigMapSource;
template <>
const std::span<const Field> Table<SecretSource>::fields = kSecretSource;
template <>
const std::span<const Field> Table<DownwardFile>::fields = kDownwardFile;
template <>
const std::span<const Field> Table<DownwardSource>::fields = kDownwardSource;
template <>
const std::span<const Field> Table<ObjectProjection>::fields = kObjectProjection;
template <>
const std::span<const Field> Table<DownwardProjection>::fields = kDownwardProjection;
template <>
const std::span<const Field> Table<TokenProjection>::fields = kTokenProjection;
template <>
const std::span<const Field> Table<Projection>::fields = kProjection;
template <>
const std::span<const Field> Table<ProjectedSource>::fields = kProjectedSource;

}  // namespace kube
