// What the controllers of persistent volumes make of the volumes and claims of a node: who is bound to whom, what is
// released, what may go. Pure.
#pragma once

#include <functional>
#include <vector>

#include "runtime/kube/api/objects.h"

namespace kube {

struct Storage {
  std::vector<PersistentVolume> volumes;
  std::vector<PersistentVolumeClaim> claims;
};

// Whether labels, or fields, fulfil a requirement of a selector.
bool holds(const NodeSelectorRequirement& requirement, const StringMap& labels);

// The volume that an unbound claim gets: the one that it names or that was reserved for it, else the smallest that is
// free, of its class, large enough, has its access modes and is chosen by its selector. Null when there is none, or
// another claim has it.
PersistentVolume* find_volume(const PersistentVolumeClaim& claim, std::vector<PersistentVolume>& volumes);

// Brings all of them to where they belong: removes claims that are being deleted and not in use, binds the others in
// the order of their making, and sets every phase. Volumes that are being deleted go when they are not bound.
void settle(Storage& storage, const std::function<bool(const PersistentVolumeClaim&)>& is_in_use);

// The volume that the claim is bound to; null when it is not.
const PersistentVolume* volume_of(const PersistentVolumeClaim& claim, const std::vector<PersistentVolume>& volumes);

// Whether what is released is to be removed with what is on it: persistentVolumeReclaimPolicy Delete.
bool is_reclaimed(const PersistentVolume& volume);

}  // namespace kube
