#include "runtime/kube/supervisor/end_pod.h"

#include "runtime/kube/state/record.h"
#include "runtime/kube/supervisor/reach.h"
#include "runtime/kube/supervisor/teardown.h"

namespace kube {

Result<std::optional<Pidfd>> end_pod(const Place& place, const Pod& pod, int64_t grace) {
  Result<Reached> reached = reach_pod(place, pod.metadata, DeleteRequest{grace});
  if (!reached && is_not_found(reached.error())) return std::nullopt;
  if (!reached) return std::unexpected(std::move(reached).error());
  if (!reached->supervisor) TRY(remove_pod(place, pod));
  return std::move(reached->supervisor);
}

}  // namespace kube
