// Tells when the objects of a namespace change that a pod's volumes are made of.
#pragma once

#include <functional>

#include "base/descriptor.h"
#include "base/loop.h"
#include "runtime/kube/api/pod.h"
#include "runtime/kube/state/place.h"

namespace kube {

class ObjectWatch {
 public:
  // Calls `on_change` from the loop, a moment after a ConfigMap, Secret or ServiceAccount that the pod's volumes may
  // name was written or removed. A pod without such volumes watches nothing.
  Result<> start(Loop& loop, const Place& place, const Pod& pod, std::function<void()> on_change);

 private:
  void on_event(Loop& loop);

  Fd inotify_;
  std::function<void()> on_change_;
  bool is_due_ = false;
};

}  // namespace kube
