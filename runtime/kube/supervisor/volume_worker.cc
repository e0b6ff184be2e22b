#include "runtime/kube/supervisor/volume_worker.h"

#include <algorithm>

#include "runtime/kube/sandbox/volumes.h"
#include "runtime/kube/supervisor/wording.h"

namespace kube {

void VolumeWorker::start() {
  if (state_.is_terminating) return;
  const std::vector<VolumeFailure> failures = make_volumes(state_.context, made_);
  if (failures.empty()) {
    delay_ = kFirstMountRetry;
    return on_ready_();
  }
  for (const VolumeFailure& failure : failures) state_.events.add(mount_failed_event(failure.volume, failure.message));
  state_.loop.after(delay_, [this] { start(); });
  delay_ = std::min(2 * delay_, kLongestMountRetry);
}

}  // namespace kube
