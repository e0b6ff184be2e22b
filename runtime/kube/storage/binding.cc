#include "runtime/kube/storage/binding.h"

#include <algorithm>

#include "base/text.h"

namespace kube {
namespace {

constexpr const char* kBindCompleted = "pv.kubernetes.io/bind-completed";
constexpr const char* kBoundByController = "pv.kubernetes.io/bound-by-controller";

Quantity storage_in(const ResourceList& list) {
  const auto found = list.find("storage");
  return found == list.end() ? Quantity{} : found->second;
}

bool is_for(const ObjectReference& reference, const PersistentVolumeClaim& claim) {
  return reference.ns == claim.metadata.ns && reference.name == claim.metadata.name &&
         (reference.uid.empty() || reference.uid == claim.metadata.uid);
}

// Size, class, modes: what even a claim that names its volume must find there.
bool satisfies(const PersistentVolume& volume, const PersistentVolumeClaim& claim) {
  const auto has_mode = [&](const std::string& mode) {
    return std::ranges::find(volume.spec.access_modes, mode) != volume.spec.access_modes.end();
  };
  return storage_in(volume.spec.capacity) >= storage_in(claim.spec.resources.requests) &&
         volume.spec.storage_class_name == claim.spec.storage_class_name.value_or("") &&
         std::ranges::all_of(claim.spec.access_modes, has_mode);
}

bool is_chosen(const PersistentVolume& volume, const PersistentVolumeClaim& claim) {
  if (!claim.spec.selector) return true;
  const StringMap& labels = volume.metadata.labels;
  const auto has = [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found != labels.end() && found->second == label.second;
  };
  const auto fulfils = [&](const NodeSelectorRequirement& requirement) { return holds(requirement, labels); };
  return std::ranges::all_of(claim.spec.selector->match_labels, has) &&
         std::ranges::all_of(claim.spec.selector->match_expressions, fulfils);
}

bool is_being_deleted(const ObjectMeta& metadata) {
  return metadata.deletion_time.is_set();
}

// Fewest access modes first, so that a rarer volume is left for who needs it; then the smallest.
bool is_better(const PersistentVolume& left, const PersistentVolume& right) {
  const size_t left_modes = left.spec.access_modes.size(), right_modes = right.spec.access_modes.size();
  if (left_modes != right_modes) return left_modes < right_modes;
  return storage_in(left.spec.capacity) < storage_in(right.spec.capacity);
}

void bind(PersistentVolumeClaim& claim, PersistentVolume& volume) {
  if (!volume.spec.claim_ref) volume.metadata.annotations[kBoundByController] = "yes";
  if (claim.spec.volume_name.empty()) claim.metadata.annotations[kBoundByController] = "yes";
  claim.metadata.annotations[kBindCompleted] = "yes";
  claim.spec.volume_name = volume.metadata.name;
  volume.spec.claim_ref = {"PersistentVolumeClaim", claim.metadata.ns, claim.metadata.name, claim.metadata.uid, "v1"};
}

// A claim that was bound once stays with its volume, or is lost.
void set_claim_status(PersistentVolumeClaim& claim, const std::vector<PersistentVolume>& volumes) {
  claim.status = {};
  const PersistentVolume* volume = volume_of(claim, volumes);
  if (volume) {
    claim.status = {"Bound", volume->spec.access_modes, volume->spec.capacity};
  } else {
    claim.status.phase = claim.metadata.annotations.contains(kBindCompleted) ? "Lost" : "Pending";
  }
}

void set_volume_status(PersistentVolume& volume, const std::vector<PersistentVolumeClaim>& claims) {
  const auto& reference = volume.spec.claim_ref;
  const bool is_bound = std::ranges::any_of(claims, [&](const PersistentVolumeClaim& claim) {
    return reference && !reference->uid.empty() && is_for(*reference, claim) &&
           claim.spec.volume_name == volume.metadata.name;
  });
  // What could not be reclaimed stays as it is, with the reason.
  if (!is_bound && volume.status.phase == "Failed") return;
  volume.status = {};
  volume.status.phase = is_bound ? "Bound" : reference && !reference->uid.empty() ? "Released" : "Available";
}

}  // namespace

bool holds(const NodeSelectorRequirement& requirement, const StringMap& labels) {
  const auto label = labels.find(requirement.key);
  const bool is_there = label != labels.end();
  if (requirement.op == "Exists") return is_there;
  if (requirement.op == "DoesNotExist") return !is_there;
  const bool is_in = is_there && std::ranges::find(requirement.values, label->second) != requirement.values.end();
  if (requirement.op == "In") return is_in;
  if (requirement.op == "NotIn") return !is_in;
  const auto left = parse_number<int64_t>(is_there ? label->second : "");
  const auto right = parse_number<int64_t>(requirement.values.empty() ? "" : requirement.values[0]);
  return left && right && (requirement.op == "Gt" ? *left > *right : *left < *right);
}

PersistentVolume* find_volume(const PersistentVolumeClaim& claim, std::vector<PersistentVolume>& volumes) {
  PersistentVolume* best = nullptr;
  for (PersistentVolume& volume : volumes) {
    const auto& reference = volume.spec.claim_ref;
    const bool is_reserved = reference && is_for(*reference, claim), is_named = !claim.spec.volume_name.empty();
    if (is_being_deleted(volume.metadata) || (reference && !is_reserved) || !satisfies(volume, claim)) continue;
    if (is_named ? claim.spec.volume_name == volume.metadata.name : is_reserved) return &volume;
    if (is_named || volume.status.phase == "Failed" || !is_chosen(volume, claim)) continue;
    if (!best || is_better(volume, *best)) best = &volume;
  }
  return best;
}

void settle(Storage& storage, const std::function<bool(const PersistentVolumeClaim&)>& is_in_use) {
  auto& [volumes, claims] = storage;
  std::erase_if(claims, [&](const auto& claim) { return is_being_deleted(claim.metadata) && !is_in_use(claim); });
  std::ranges::stable_sort(claims, [](const auto& left, const auto& right) {
    return left.metadata.creation_time < right.metadata.creation_time;
  });
  for (PersistentVolumeClaim& claim : claims) {
    if (claim.metadata.annotations.contains(kBindCompleted) || is_being_deleted(claim.metadata)) continue;
    if (PersistentVolume* volume = find_volume(claim, volumes)) bind(claim, *volume);
  }
  for (PersistentVolumeClaim& claim : claims) set_claim_status(claim, volumes);
  for (PersistentVolume& volume : volumes) set_volume_status(volume, claims);
  std::erase_if(volumes,
                [](const auto& volume) { return is_being_deleted(volume.metadata) && volume.status.phase != "Bound"; });
}

const PersistentVolume* volume_of(const PersistentVolumeClaim& claim, const std::vector<PersistentVolume>& volumes) {
  const auto found = std::ranges::find_if(volumes, [&](const PersistentVolume& volume) {
    const auto& reference = volume.spec.claim_ref;
    return volume.metadata.name == claim.spec.volume_name && reference && reference->uid == claim.metadata.uid &&
           is_for(*reference, claim);
  });
  return found == volumes.end() ? nullptr : &*found;
}

bool is_reclaimed(const PersistentVolume& volume) {
  return volume.status.phase == "Released" && volume.spec.reclaim_policy == "Delete";
}

}  // namespace kube
