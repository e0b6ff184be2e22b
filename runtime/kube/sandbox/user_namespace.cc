#include "runtime/kube/sandbox/user_namespace.h"

#include <algorithm>

#include "runtime/kube/state/user_ids.h"

namespace kube {

std::vector<sandbox::IdMapping> pod_id_mappings(uint32_t first) {
  return {{0, first, kIdsOfPod}};
}

void map_ids(const std::vector<sandbox::IdMapping>& mappings, oci::Spec& spec, const std::vector<std::string>& mapped) {
  if (mappings.empty()) return;
  spec.uid_mappings = spec.gid_mappings = mappings;
  // Without maps of its own the option means those of the container's user namespace.
  for (sandbox::Mount& mount : spec.mounts)
    if (sandbox::is_bind(mount) && std::ranges::find(mapped, mount.destination) == mapped.end())
      mount.options.emplace_back("idmap");
}

}  // namespace kube
