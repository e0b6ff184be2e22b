// Persistent volumes and claims as they are on disk. Nobody stands by to look after them: whoever changes one, or takes
// a pod away that used one, calls sync_storage().
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/kube/state/place.h"
#include "runtime/kube/storage/binding.h"

namespace kube {

// Binds claims, sets phases, removes what is being deleted and no longer protected, and reclaims volumes that are
// released with the policy Delete: as in the hostPath provisioner that comes with Kubernetes, only what is below /tmp
// is removed; other volumes become Failed, with the reason.
Result<> sync_storage(const Place& place);

// Asks for the removal of the claim, or the volume (`ns` is empty then). It goes when no pod uses it, or no claim is
// bound to it; until then it is Terminating. Error: not found.
Result<> delete_claim(const Place& place, const std::string& ns, const std::string& name);
Result<> delete_volume(const Place& place, const std::string& name);

// What is there now.
Result<Storage> read_storage(const Place& place);

// The claims that the pod's volumes name.
std::vector<std::string> claims_of(const Pod& pod);

// Whether the pod can still write to its volumes: it has been given its place on the node and has not run to its end.
bool holds_claims(const Pod& pod);

// Gives the pod the node and with it its claims, in its record too: of two pods that want a claim of one pod alone,
// only one gets it. `problem`: why it cannot have them now, in the scheduler's words; empty: it has.
struct TakenClaims {
  std::string problem;
  std::vector<int64_t> groups;  // volume_groups()
};
Result<TakenClaims> take_claims(const Place& place, Pod& pod, const std::string& node);

// The groups that the pod's persistent volumes ask for, pv.beta.kubernetes.io/gid.
std::vector<int64_t> volume_groups(const Storage& storage, const Pod& pod);

}  // namespace kube
