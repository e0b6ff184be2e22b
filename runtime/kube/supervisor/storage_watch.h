// Sees to it that a pod takes no more of the disk than it may (storage_usage.h): as in the kubelet by looking now and
// then, not by a quota, so a pod that goes over a limit is evicted a little later.
#pragma once

#include <functional>
#include <string>

#include "runtime/kube/supervisor/pod_state.h"

namespace kube {

class StorageWatch {
 public:
  // `on_excess` is called once, with what the pod is to be evicted for.
  StorageWatch(PodState& state, std::function<void(const std::string&)> on_excess)
      : state_(state), on_excess_(std::move(on_excess)) {}
  StorageWatch(const StorageWatch&) = delete;

  // From now on; does nothing for a pod without such limits, and when it is called again.
  void start();

 private:
  void wait();
  void look();

  PodState& state_;
  std::function<void(const std::string&)> on_excess_;
  bool is_started_ = false;
};

}  // namespace kube
