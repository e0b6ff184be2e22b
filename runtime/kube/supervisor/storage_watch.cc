#include "runtime/kube/supervisor/storage_watch.h"

#include <utility>

#include "runtime/kube/supervisor/storage_usage.h"

namespace kube {

void StorageWatch::start() {
  if (has_storage_limit(state_.pod.spec) && !std::exchange(is_started_, true)) wait();
}

void StorageWatch::wait() {
  constexpr int64_t kPeriod = 10'000;  // milliseconds; the kubelet's eviction manager
  state_.loop.after(kPeriod, [this] { look(); });
}

void StorageWatch::look() {
  if (state_.is_terminating) return;
  const std::string excess = find_storage_excess(state_.pod.spec, read_storage_usage(state_.place, state_.pod));
  if (!excess.empty()) return on_excess_(excess);
  wait();
}

}  // namespace kube
