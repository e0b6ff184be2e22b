#include "runtime/kube/verbs/running.h"

#include "base/text.h"
#include "runtime/kube/api/containers.h"

namespace kube {

Result<std::string> running_id(const Pod& pod, const std::string& container) {
  constexpr std::string_view kScheme = "nacelle://";
  const std::string& phase = pod.status.phase;
  if (phase == "Succeeded" || phase == "Failed")
    return fail(cat("cannot exec into a container in a completed pod; current phase is ", phase));
  const ContainerStatus* status = find_status(pod.status, container);
  if (!status || !status->state.running) return fail(cat("container not running (\"", container, "\")"));
  return status->container_id.substr(kScheme.size());
}

}  // namespace kube
