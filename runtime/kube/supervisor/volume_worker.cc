#include "runtime/kube/supervisor/volume_worker.h"

#include <algorithm>

#include "runtime/kube/sandbox/content_volumes.h"
#include "runtime/kube/sandbox/volumes.h"
#include "runtime/kube/state/place.h"
#include "runtime/kube/supervisor/wording.h"

namespace kube {

void VolumeWorker::start() {
  if (state_.is_terminating) return;
  // Before the first look, so that nothing is missed in between.
  if (const auto watched = watch_.start(state_.loop, state_.place, state_.pod, [this] { on_change(); }); !watched)
    state_.events.add(pod_event("Warning", "FailedWatch", watched.error().text()));
  const std::vector<VolumeFailure> failures = make_volumes(state_.context, made_);
  if (failures.empty()) {
    delay_ = kFirstMountRetry;
    plan_renewal();
    return on_ready_();
  }
  for (const VolumeFailure& failure : failures) state_.events.add(mount_failed_event(failure.volume, failure.message));
  retry_ = state_.loop.after(delay_, [this] { try_again(); });
  delay_ = std::min(2 * delay_, kLongestMountRetry);
}

void VolumeWorker::try_again() {
  retry_ = 0;
  start();
}

// A pod that waits may have got what it waits for.
void VolumeWorker::on_change() {
  if (state_.is_terminating) return;
  if (retry_ == 0) return update();
  state_.loop.cancel(retry_);
  try_again();
}

// What cannot be had any more stays as it was, as with the kubelet.
void VolumeWorker::update() {
  for (const Volume& volume : state_.pod.spec.volumes) {
    if (!is_content_volume(volume) || !made_.contains(volume.name)) continue;
    const std::string path = volume_dir(state_.place, state_.pod.metadata, volume.name);
    if (const Result<> done = update_content_volume(state_.context, volume, path); !done)
      state_.events.add(mount_failed_event(volume.name, done.error().text()));
  }
  plan_renewal();
}

// A new token that could not be had is asked for again soon.
void VolumeWorker::plan_renewal() {
  constexpr int64_t kSoonest = 10;  // seconds
  const std::optional<Time> due = state_.tokens.next_renewal();
  if (!due) return;
  if (renewal_ != 0) state_.loop.cancel(renewal_);
  renewal_ = state_.loop.after(std::max(due->seconds - now().seconds, kSoonest) * 1000, [this] {
    renewal_ = 0;
    if (!state_.is_terminating) update();
  });
}

}  // namespace kube
