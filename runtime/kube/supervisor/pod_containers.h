// A pod's containers together: in which order they start and end.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "runtime/kube/supervisor/container_worker.h"

namespace kube {

class PodContainers {
 public:
  // `on_change` is called when one has started or ended.
  PodContainers(PodState& state, const std::function<void()>& on_change);
  PodContainers(const PodContainers&) = delete;

  // Starts what is due: the init containers one after the other, each when the one before has done its part (a sidecar:
  // has started), then all others. What has ended is started again as its policy says.
  void advance();

  // Ends one that runs, in the pod's grace period, and starts it anew, whatever its restart policy. `why` is the
  // event's message.
  void restart(const std::string& name, const std::string& why);

  // See PodWorker::attach().
  Result<> attach(const std::string& name, bool wants_input, Fd& connection);

  // Ends all, in `grace` seconds: the containers at once, then the sidecars, the last one first. May be called again
  // with another grace.
  void stop(int64_t grace);
  // Goes on with that after one has ended.
  void advance_stop();

  // The sandbox is gone, or will be: kills all.
  void kill();
  // The initialization begins anew, in the next sandbox.
  void forget_starts();

  bool is_any_running() const;

 private:
  // Null when there is none of that name.
  ContainerWorker* find(const std::string& name);
  bool initialize();
  void end_for_new_start();
  void begin_anew();
  void forget_end(ContainerStatus& status);
  bool is_turn(size_t index) const;

  PodState& state_;
  std::vector<std::unique_ptr<ContainerWorker>> workers_;  // the init containers first
  size_t init_count_;
  bool is_initialized_ = false;
  Backoff new_starts_;
  Loop::TimerId new_start_ = 0;
};

}  // namespace kube
