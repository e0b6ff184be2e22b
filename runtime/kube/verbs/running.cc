#include "runtime/kube/verbs/running.h"

#include "base/text.h"
#include "runtime/kube/api/containers.h"

namespace kube {

Result<std::string> running_id(const Pod& pod, const std::string& container) {
  if (is_finished(pod.status))
    return fail(cat("cannot exec into a container in a completed pod; current phase is ", pod.status.phase));
  const ContainerStatus* status = find_status(pod.status, container);
  if (!status || !status->state.running) return fail(cat("container not running (\"", container, "\")"));
  return id_of(*status);
}

}  // namespace kube
