#include "runtime/kube/verbs/choose.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {

Result<const Container*> choose_container(const Pod& pod, const std::string& name) {
  const auto& containers = pod.spec.containers;
  if (containers.empty()) return fail(cat("pod ", quoted(pod.metadata.name), " has no container"));
  if (!name.empty()) {
    const auto found = std::ranges::find(containers, name, &Container::name);
    if (found == containers.end()) return fail(cat("container ", name, " is not valid for pod ", pod.metadata.name));
    return &*found;
  }
  if (containers.size() > 1) {
    std::vector<std::string> names;
    for (const Container& container : containers) names.push_back(container.name);
    remark(cat("Defaulted container \"", names[0], "\" out of: ", join(names, ", ")));
  }
  return &containers[0];
}

const ContainerStatus* find_status(const Pod& pod, const std::string& container) {
  const auto& statuses = pod.status.container_statuses;
  const auto found = std::ranges::find(statuses, container, &ContainerStatus::name);
  return found == statuses.end() ? nullptr : &*found;
}

}  // namespace kube
