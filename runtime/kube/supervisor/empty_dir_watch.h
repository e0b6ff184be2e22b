// Sees to it that no emptyDir on the disk outgrows its sizeLimit: as in the kubelet by looking now and then, not by a
// quota, so a pod that goes over it is evicted a little later.
#pragma once

#include <functional>
#include <string>

#include "runtime/kube/supervisor/pod_state.h"

namespace kube {

class EmptyDirWatch {
 public:
  // `on_excess` is called once, with what the pod is to be evicted for.
  EmptyDirWatch(PodState& state, std::function<void(const std::string&)> on_excess)
      : state_(state), on_excess_(std::move(on_excess)) {}
  EmptyDirWatch(const EmptyDirWatch&) = delete;

  // From now on; does nothing for a pod without such volumes, and when it is called again.
  void start();

 private:
  void look();

  PodState& state_;
  std::function<void(const std::string&)> on_excess_;
  bool is_started_ = false;
};

}  // namespace kube
