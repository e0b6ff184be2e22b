// hostUsers false: the pod's root is nobody on the host.
#pragma once

#include <string>
#include <vector>

#include "runtime/oci/spec.h"
#include "sandbox/container.h"

namespace kube {

// Pure: the ids of a pod from 0 on are those of the host from `first` on.
std::vector<sandbox::IdMapping> pod_id_mappings(uint32_t first);

// Pure: gives a sandbox or a container the maps, and each of its bind mounts: what the pod's root owns on disk is its
// own, and what it makes there has its id. `mapped`: where mounts are whose files have those ids already. Nothing
// without maps. The user namespace itself is among spec.namespaces.
void map_ids(const std::vector<sandbox::IdMapping>& mappings, oci::Spec& spec,
             const std::vector<std::string>& mapped = {});

}  // namespace kube
