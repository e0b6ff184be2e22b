// Gives the pod what its spec asks for while it runs.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "runtime/kube/supervisor/pod_state.h"
#include "runtime/kube/supervisor/resize_apply.h"
#include "runtime/kube/supervisor/room_watch.h"
#include "runtime/kube/supervisor/schedule.h"

namespace kube {

class ResizeWorker {
 public:
  using Restart = std::function<void(const std::string& container, const std::string& why)>;

  // `restart` ends a container that runs, to be started anew.
  ResizeWorker(PodState& state, Restart restart);

  // The spec asks for something else: it is allocated if there is room, now or when others have left some.
  void on_spec();

  // Goes on with what is allocated and not actuated, and writes down what the kernel has. To be called whenever
  // something of the pod has changed, before it is saved.
  void update();

 private:
  void decide();
  std::optional<PendingResize> why_pending() const;
  void allocate();
  void set_pending(const std::optional<PendingResize>& pending);
  void actuate();
  Result<bool> apply();
  Result<bool> set_limits(PodCgroups& cgroups);
  PodCgroups running_cgroups() const;
  bool restart_next();
  void finish();
  void report_error(const std::string& error);
  void show();
  ResourceRequirements read_resources(const ContainerAllocation& one, const std::string& id) const;
  void say(std::string_view type, std::string_view reason, std::string_view what, const PodSpec& spec,
           const std::string& error = {});

  PodState& state_;
  Restart restart_;
  RoomWatch room_;
  static constexpr int64_t kFirstRetry = PodState::kSyncPeriod;
  Loop::TimerId retry_ = 0;
  int64_t retry_delay_ = kFirstRetry;
  std::string last_pending_;                    // said already
  std::map<std::string, std::string> asked_;    // to be started anew: container -> the id that it had
  std::map<std::string, std::string> shown_;    // what the kernel has is in the status: container -> its id
  bool is_due_ = false;                         // the pod's cgroup may not have what is allocated
  bool is_begun_ = false, has_failed_ = false;  // said already, of the present wish
};

}  // namespace kube
