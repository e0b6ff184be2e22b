#include "runtime/kube/supervisor/end_pod.h"

#include "base/path.h"
#include "base/text.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/control.h"
#include "runtime/kube/supervisor/teardown.h"

namespace kube {

Result<> remove_orphan(const Place& place, const Pod& pod) {
  const std::string dir = pod_dir(place, pod.metadata.ns, pod.metadata.name);
  const Result<Fd> lock = lock_pod(dir, true);
  if (!path_exists(cat(dir, "/pod.json"))) return {};  // its supervisor came to an end just now
  if (!lock) return std::unexpected(lock.error());
  return remove_pod(place, pod);
}

Result<std::optional<Pidfd>> end_pod(const Place& place, const Pod& pod, int64_t grace) {
  const std::string dir = pod_dir(place, pod.metadata.ns, pod.metadata.name);
  std::optional<Pidfd> supervisor = find_supervisor(dir);
  // It may be told, or may have come to its end meanwhile.
  if (supervisor && send_request(dir, DeleteRequest{grace})) return supervisor;
  TRY(remove_orphan(place, pod));
  return std::nullopt;
}

}  // namespace kube
