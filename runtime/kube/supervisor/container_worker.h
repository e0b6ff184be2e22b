// Looks after one container of a pod: starts it, keeps its log, notes its end, starts it again.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/pidfd.h"
#include "runtime/kube/supervisor/backoff.h"
#include "runtime/kube/supervisor/log_writer.h"
#include "runtime/kube/supervisor/pod_state.h"
#include "runtime/kube/supervisor/starter.h"

namespace kube {

class ContainerWorker {
 public:
  // `index` is the container's place in spec and status. `on_end` is called when it has ended, before anything else
  // is decided.
  ContainerWorker(PodState& state, size_t index, std::function<void()> on_end)
      : state_(state), index_(index), on_end_(std::move(on_end)) {}
  ContainerWorker(const ContainerWorker&) = delete;

  // Starts it; when that cannot be, notes why and tries again later.
  void start();
  // Decides what becomes of it after its end: start again, now or after the back-off, or stay ended.
  void decide();
  // Sends the image's stop signal, or SIGKILL to everything in it.
  void stop();
  void kill();

  bool is_running() const { return run_.has_value(); }
  // Whether it has a start or a decision ahead of it.
  bool is_waiting() const { return timer_ != 0; }
  void cancel_wait();

 private:
  const Container& container() const { return state_.pod.spec.containers[index_]; }
  ContainerStatus& status() { return state_.pod.status.container_statuses[index_]; }
  void say(Event event) { state_.events.add(std::move(event)); }

  void on_started(StartedContainer started, LogWriter log);
  void on_failed(const StartFailure& failure);
  void on_image_missing(const StartFailure& failure);
  void retry_image();
  void restart();
  void on_exit();
  void wait(int64_t milliseconds, void (ContainerWorker::*then)());
  void set_waiting(std::string reason, std::string message);
  void set_terminated(StateTerminated terminated);
  StateTerminated describe_end(int code, bool out_of_memory);

  void watch_output(Fd& fd, LineSplitter& stream);
  void read_output(Fd& fd, LineSplitter& stream);
  void close_output(Fd& fd, LineSplitter& stream);
  void remove_old_log() const;

  // A running container.
  struct Run {
    StartedContainer started;
    LogWriter log;
    LineSplitter output{"stdout"}, errors{"stderr"};
  };

  PodState& state_;
  size_t index_;
  std::function<void()> on_end_;
  std::optional<Run> run_;
  Backoff restarts_, pulls_;
  std::string missing_image_;
  int64_t attempts_ = 0;  // starts that made a container, or tried to
  int64_t ended_ = 0;     // when the last run ended, on the loop's clock
  Loop::TimerId timer_ = 0;
};

}  // namespace kube
