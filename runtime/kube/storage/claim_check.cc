#include "runtime/kube/storage/claim_check.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/storage/claims.h"

namespace kube {
namespace {

bool contains(const std::vector<std::string>& list, const std::string& word) {
  return std::ranges::find(list, word) != list.end();
}

// ReadWriteOncePod: one pod at a time.
bool is_taken(const PersistentVolumeClaim& claim, const Pod& pod, const std::vector<Pod>& others) {
  if (!contains(claim.spec.access_modes, "ReadWriteOncePod")) return false;
  return std::ranges::any_of(others, [&](const Pod& other) {
    return other.metadata.uid != pod.metadata.uid && other.metadata.ns == pod.metadata.ns && holds_claims(other) &&
           contains(claims_of(other), claim.metadata.name);
  });
}

// A volume that is on some nodes only: one of the terms must name this one.
bool is_here(const PersistentVolume& volume, const std::string& node) {
  if (!volume.spec.node_affinity || !volume.spec.node_affinity->required) return true;
  const StringMap labels = {{"kubernetes.io/hostname", node}, {"kubernetes.io/os", "linux"}};
  const StringMap fields = {{"metadata.name", node}};
  return std::ranges::any_of(volume.spec.node_affinity->required->terms, [&](const NodeSelectorTerm& term) {
    const auto all_hold = [](const auto& requirements, const StringMap& of) {
      return std::ranges::all_of(requirements, [&](const auto& requirement) { return holds(requirement, of); });
    };
    return !(term.match_expressions.empty() && term.match_fields.empty()) && all_hold(term.match_expressions, labels) &&
           all_hold(term.match_fields, fields);
  });
}

std::string check_claim(const std::string& name, const Pod& pod, const std::vector<Pod>& others, const Storage& storage,
                        const std::string& node) {
  const std::string shown = cat("persistentvolumeclaim \"", name, "\"");
  const auto claim = std::ranges::find_if(storage.claims, [&](const PersistentVolumeClaim& one) {
    return one.metadata.name == name && one.metadata.ns == pod.metadata.ns;
  });
  if (claim == storage.claims.end()) return cat(shown, " not found");
  if (claim->metadata.deletion_time.is_set()) return cat(shown, " is being deleted");
  if (claim->status.phase == "Lost")
    return cat(shown, " bound to non-existent persistentvolume \"", claim->spec.volume_name, "\"");
  const PersistentVolume* volume = volume_of(*claim, storage.volumes);
  if (!volume) return "pod has unbound immediate PersistentVolumeClaims";
  if (is_taken(*claim, pod, others))
    return "1 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode";
  if (!is_here(*volume, node)) return "1 node(s) didn't match PersistentVolume's node affinity";
  return "";
}

}  // namespace

std::string why_claims_wait(const Pod& pod, const std::vector<Pod>& others, const Storage& storage,
                            const std::string& node) {
  for (const std::string& name : claims_of(pod))
    if (const std::string reason = check_claim(name, pod, others, storage, node); !reason.empty())
      return cat("0/1 nodes are available: ", reason, ".");
  return "";
}

}  // namespace kube
