#include "runtime/kube/api/static_pod.h"

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/print.h"
#include "sandbox/images/digest.h"

namespace kube {
namespace {

std::string_view env_reference(const Container& container) {
  for (const EnvFrom& from : container.env_from)
    if (from.config_map || from.secret) return from.secret ? "secrets" : "configmaps";
  for (const EnvVar& variable : container.env)
    if (variable.value_from && (variable.value_from->config_map || variable.value_from->secret))
      return variable.value_from->secret ? "secrets" : "configmaps";
  return "";
}

std::string_view volume_reference(const Volume& volume) {
  if (volume.secret) return "secrets";
  if (volume.config_map) return "configmaps";
  if (volume.claim) return "persistentvolumeclaims";
  if (!volume.projected) return "";
  for (const Projection& one : volume.projected->sources) {
    if (one.secret) return "secrets";
    if (one.config_map) return "configmaps";
    if (one.token) return "serviceaccounts";
  }
  return "";
}

// The kind of object that the pod refers to; empty: none.
std::string_view reference_of(const PodSpec& spec) {
  if (!spec.service_account_name.empty()) return "serviceaccounts";
  for (const Container* container : all_containers(spec))
    if (const std::string_view kind = env_reference(*container); !kind.empty()) return kind;
  for (const Volume& volume : spec.volumes)
    if (const std::string_view kind = volume_reference(volume); !kind.empty()) return kind;
  return "";
}

std::string hash_of(const Pod& pod, const ManifestPlace& place, std::string_view node) {
  constexpr size_t kDigits = 32;  // as many as a uid has
  const std::string where = place.file.empty() ? cat("url:", place.source) : cat("file:", place.file);
  return images::hex_of(images::digest_of(cat(write_pod_json(pod), "host:", node, where))).substr(0, kDigits);
}

}  // namespace

Result<Pod> make_static_pod(Pod pod, const ManifestPlace& place, std::string_view node, Time seen) {
  if (const std::string_view kind = reference_of(pod.spec); !kind.empty())
    return fail(cat("static pods may not reference ", kind));
  const bool is_file = !place.file.empty();
  pod.metadata.uid = hash_of(pod, place, node);
  pod.metadata.name += cat("-", lower_case(node));
  StringMap& annotations = pod.metadata.annotations;
  annotations[kConfigHash] = annotations[kConfigMirror] = pod.metadata.uid;
  annotations[kConfigSeen] = print_time(seen);
  annotations[kConfigSource] = is_file ? "file" : "http";
  annotations[kStaticSource] = place.source;
  // As the kubelet gives them for trouble of the node; it is shown.
  if (is_file) pod.spec.tolerations.push_back({.op = "Exists", .effect = "NoExecute"});
  return pod;
}

bool is_from(const Pod& pod, std::string_view source) {
  const auto found = pod.metadata.annotations.find(kStaticSource);
  return found != pod.metadata.annotations.end() && found->second == source;
}

bool is_static(const Pod& pod) {
  return pod.metadata.annotations.contains(kConfigSource);
}

}  // namespace kube
