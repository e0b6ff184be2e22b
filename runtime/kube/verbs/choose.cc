#include "runtime/kube/verbs/choose.h"

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/verbs/verb.h"

namespace kube {

Result<const Container*> choose_container(const Pod& pod, const std::string& name) {
  const PodSpec& spec = pod.spec;
  if (spec.containers.empty()) return fail(cat("pod ", quoted(pod.metadata.name), " has no container"));
  if (!name.empty()) {
    const Container* found = find_container(spec, name);
    if (!found) return fail(cat("container ", name, " is not valid for pod ", pod.metadata.name));
    return found;
  }
  std::vector<std::string> names;
  for (const Container& container : spec.containers) names.push_back(container.name);
  for (const Container& container : spec.init_containers) names.push_back(cat(container.name, " (init)"));
  if (names.size() > 1) remark(cat("Defaulted container \"", names[0], "\" out of: ", join(names, ", ")));
  return &spec.containers[0];
}

}  // namespace kube
