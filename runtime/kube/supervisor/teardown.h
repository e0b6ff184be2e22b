// The end of a pod, from what is on disk alone: the same whether its supervisor does it, or somebody after that was
// killed at any moment.
#pragma once

#include "base/result.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/place.h"

namespace kube {

// Kills every process of the pod and removes containers, roots and cgroups. Its volumes stay, but for those in memory,
// which go with the processes that see them.
Result<> remove_pod_containers(const Place& place, const Pod& pod);

// Kills every process of the pod and removes containers, roots, volumes and cgroups. Its record, its history and its
// logs stay: a pod that has run to its end is still shown.
Result<> remove_pod_remains(const Place& place, const Pod& pod);

// Removes everything of the pod. The record goes last, so that an interrupted removal can be done again.
Result<> remove_pod(const Place& place, const Pod& pod);

// The pod holds its claims no longer: those that are being deleted may go. Called once its record is gone or says that
// it has run to its end.
Result<> release_claims(const Place& place, const Pod& pod);

// Notes whose a pod's data folder is, once its record is on disk: two places may share the folder above.
Result<> claim_data(const Place& place, const Pod& pod);

// Removes data and logs of pods of this place that have no record any more: records do not outlive a boot.
Result<> remove_orphans(const Place& place);

// What a container leaves when it has ended: its state, its cgroup, its root. Done for each before the next start.
Result<> remove_container(const Place& place, const Pod& pod, const std::string& container, const std::string& id);

}  // namespace kube
