#include "runtime/kube/supervisor/placement.h"

#include "runtime/kube/state/node_resources.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/state/room.h"
#include "runtime/kube/storage/claims.h"
#include "runtime/kube/supervisor/resize_status.h"
#include "runtime/kube/supervisor/schedule.h"
#include "runtime/kube/supervisor/status.h"

namespace kube {

std::string take_claims(PodState& state) {
  if (claims_of(state.pod).empty()) return "";
  const Result<TakenClaims> taken = take_claims(state.place, state.pod, state.context.node.name);
  if (!taken) return taken.error().text();
  state.context.volume_groups = taken->groups;
  return taken->problem;
}

std::string take_place(PodState& state) {
  Pod& pod = state.pod;
  Fd lock;
  if (requests_anything(pod.spec)) {
    Result<Fd> taken = lock_room(state.place);
    if (!taken) return taken.error().text();
    lock = *std::move(taken);
    const std::vector<Pod> others = list_pods(state.place, "").value_or(std::vector<Pod>());
    std::string problem = why_not_schedulable(pod, others, read_allocatable(state.place, state.context.node));
    if (!problem.empty()) return problem;
  }
  if (std::string problem = take_claims(state); !problem.empty()) return problem;
  state.allocation = allocate(pod.spec);
  set_initial_statuses(pod);
  show_allocated(pod.status, state.allocation);
  Result<> written = write_allocation(state.allocation, state.dir);
  if (written) written = write_pod(pod, state.dir);
  return written ? "" : written.error().text();
}

}  // namespace kube
