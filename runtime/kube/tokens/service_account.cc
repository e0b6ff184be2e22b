#include "runtime/kube/tokens/service_account.h"

#include <sys/random.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/content_fields.h"
#include "runtime/kube/state/namespaces.h"
#include "runtime/kube/state/objects.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/tokens/issuer.h"
#include "sandbox/images/digest.h"

namespace kube {
namespace {

constexpr const char* kRootCa = "kube-root-ca.crt";
constexpr const char* kAccessPath = "/var/run/secrets/kubernetes.io/serviceaccount";
constexpr const char* kAccessVolume = "kube-api-access-";
constexpr int kTenYears = 3650;  // days

// Five letters, as API servers make them: without vowels, so that no word comes of it.
std::string random_suffix() {
  constexpr std::string_view kLetters = "bcdfghjklmnpqrstvwxz2456789";
  unsigned char bytes[5] = {};
  std::string text;
  if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) return "xxxxx";
  for (const unsigned char byte : bytes) text += kLetters[byte % kLetters.size()];
  return text;
}

Volume access_volume() {
  constexpr int64_t kLife = 3607, kMode = 0644;
  Projection token, ca, ns;
  token.token = TokenProjection{.expiration_seconds = kLife, .path = "token"};
  ca.config_map = ObjectProjection{.name = kRootCa, .items = {{.key = "ca.crt", .path = "ca.crt"}}};
  ns.downward =
      DownwardProjection{.items = {{.path = "namespace", .field = FieldSelector{"v1", "metadata.namespace"}}}};
  Volume volume{.name = cat(kAccessVolume, random_suffix())};
  volume.projected = ProjectedSource{.sources = {token, ca, ns}, .default_mode = kMode};
  return volume;
}

bool is_access(const std::string& volume) {
  return volume.starts_with(kAccessVolume);
}

}  // namespace

Result<ServiceAccount> read_service_account(const Place& place, const std::string& ns, const std::string& name) {
  Result<ServiceAccount> account = read_object<ServiceAccount>(place, ns, name);
  if (account || name != "default" || !is_not_found(account.error())) return account;
  TRY(ensure_namespace(place, ns));
  return read_object<ServiceAccount>(place, ns, name);
}

Result<> make_root_ca(const Place& place, const std::string& ns) {
  const Issuer issuer = TRY(Issuer::open(place));
  const Fd lock = TRY(lock_objects(place));
  const Result<ConfigMap> there = read_object<ConfigMap>(place, ns, kRootCa);
  if (there) return {};
  if (!is_not_found(there.error())) return std::unexpected(there.error());
  ConfigMap map;
  map.metadata.name = kRootCa;
  map.metadata.ns = ns;
  identify(map.metadata);
  map.data["ca.crt"] = TRY(issuer.make_certificate("kubernetes", now(), kTenYears));
  return write_object(place, map);
}

Result<std::string> read_root_ca(const Place& place, const std::string& ns) {
  return TRY(read_object<ConfigMap>(place, ns, kRootCa)).data["ca.crt"];
}

Result<> admit_service_account(const Place& place, Pod& pod) {
  PodSpec& spec = pod.spec;
  const std::string& name = service_account_of(spec);
  const Result<ServiceAccount> account = read_service_account(place, pod.metadata.ns, name);
  if (!account)
    return fail(cat("error looking up service account ", pod.metadata.ns, "/", name, ": ", account.error().text()));
  const std::optional<bool> wanted = spec.automount_service_account_token ? spec.automount_service_account_token
                                                                          : account->automount_service_account_token;
  if (!wanted.value_or(false)) return {};
  const auto has_own = [](const Container* container) {
    return std::ranges::find(container->volume_mounts, kAccessPath, &VolumeMount::mount_path) !=
           container->volume_mounts.end();
  };
  if (std::ranges::all_of(all_containers(spec), has_own)) return {};
  TRY(make_root_ca(place, pod.metadata.ns));
  spec.volumes.push_back(access_volume());
  for (Container* container : all_containers(spec))
    if (!has_own(container))
      container->volume_mounts.push_back(
          {.name = spec.volumes.back().name, .read_only = true, .mount_path = kAccessPath});
  return {};
}

Pod without_api_access(Pod pod) {
  std::erase_if(pod.spec.volumes, [](const Volume& volume) { return is_access(volume.name); });
  for (Container* container : all_containers(pod.spec))
    std::erase_if(container->volume_mounts, [](const VolumeMount& mount) { return is_access(mount.name); });
  return pod;
}

std::string node_uid() {
  const std::string id = read_file("/etc/machine-id", 64).value_or("");
  std::string hash = images::hex_of(images::digest_of(cat("nacelle-node:", trimmed(id))));
  hash.resize(32, '0');
  for (const size_t at : {8, 13, 18, 23}) hash.insert(at, "-");
  return hash;
}

}  // namespace kube
