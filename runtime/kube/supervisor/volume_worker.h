// Makes a pod's volumes before its sandbox, again and again until all are there, and keeps the files in them up to
// date.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "runtime/kube/supervisor/backoff.h"
#include "runtime/kube/supervisor/object_watch.h"
#include "runtime/kube/supervisor/pod_state.h"

namespace kube {

class VolumeWorker {
 public:
  // `on_ready` is called whenever start() has got all volumes in place.
  VolumeWorker(PodState& state, std::function<void()> on_ready) : state_(state), on_ready_(std::move(on_ready)) {}
  VolumeWorker(const VolumeWorker&) = delete;

  // Makes those that are not there. One that fails is an event of the pod, which waits for it.
  void start();
  // The pod's labels or annotations have changed, which may be in them.
  void refresh() { on_change(); }
  // They have been removed.
  void forget() { made_.clear(); }

 private:
  void try_again();
  void on_change();
  void update();
  void plan_renewal();

  PodState& state_;
  std::function<void()> on_ready_;
  std::set<std::string> made_;
  int64_t delay_ = kFirstMountRetry;
  ObjectWatch watch_;
  Loop::TimerId retry_ = 0, renewal_ = 0;
};

}  // namespace kube
