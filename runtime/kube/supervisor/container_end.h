// The end of one running container as the kubelet brings it about: preStop, its turn, the stop signal, SIGKILL.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "runtime/kube/supervisor/hook.h"
#include "runtime/kube/supervisor/pod_state.h"

namespace kube {

class ContainerEnd {
 public:
  // Which container it is, and the signal by which it is asked to end. `say` takes its events.
  ContainerEnd(PodState& state, Container container, std::string id, int signal, std::function<void(Event)> say)
      : state_(state), container_(std::move(container)), id_(std::move(id)), signal_(signal), say_(std::move(say)) {}
  ContainerEnd(const ContainerEnd&) = delete;
  ~ContainerEnd();

  // Gives it `grace` milliseconds from now, preStop included; 0: none, it is killed. May be called again with another
  // grace. `is_turn` says whether others have ended that are to end first; they are not waited for when the time is
  // over.
  void begin(int64_t grace, std::function<bool()> is_turn);

  // Does what is due; to be called when another container has ended.
  void advance();

 private:
  // However little is left when its turn comes, so much it has before SIGKILL (kubelet, minimumGracePeriodInSeconds).
  static constexpr int64_t kLeastGrace = 2000;
  int64_t kill_time() const;
  void run_pre_stop();

  PodState& state_;
  Container container_;  // ours, as in probe_worker.h
  std::string id_;
  int signal_;
  std::function<void(Event)> say_;
  std::optional<Hook> hook_;  // preStop, as long as it is under way
  std::function<bool()> is_turn_;
  bool is_begun_ = false, is_forced_ = false, is_asked_ = false;
  int64_t deadline_ = 0, asked_at_ = 0;  // on the loop's clock
  Loop::TimerId timer_ = 0;
};

}  // namespace kube
