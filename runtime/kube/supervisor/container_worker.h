// Looks after one container of a pod: starts it, keeps its log, notes its end, starts it again.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/pidfd.h"
#include "runtime/kube/supervisor/backoff.h"
#include "runtime/kube/supervisor/container_end.h"
#include "runtime/kube/supervisor/container_output.h"
#include "runtime/kube/supervisor/hook.h"
#include "runtime/kube/supervisor/pod_state.h"
#include "runtime/kube/supervisor/probe_worker.h"
#include "runtime/kube/supervisor/starter.h"

namespace kube {

// A container's place in spec and status.
struct ContainerPlace {
  bool is_init = false;  // among the init containers
  size_t index = 0;
};

class ContainerWorker {
 public:
  // `on_change` is called when it has started or ended: what follows from that is for the pod to decide.
  ContainerWorker(PodState& state, ContainerPlace place, std::function<void()> on_change);
  ContainerWorker(const ContainerWorker&) = delete;

  // Starts it; when that cannot be, notes why and tries again later.
  void start();
  // Starts it if that has not been done yet; else decides what becomes of it after its end: start again, now or after
  // the back-off, or stay ended.
  void advance();
  // The sandbox that it was started in is gone: it is as if it had never been started, but its past is known.
  void forget_start();

  // Ends it in `grace` milliseconds (container_end.h). `why` is the event's message, empty: "Stopping container web".
  void stop(int64_t grace, std::string_view why, std::function<bool()> is_turn);
  // Ends it to start it anew, whatever its restart policy and without a back-off.
  void restart(int64_t grace, std::string_view why);
  // Goes on with that when another container has ended.
  void advance_stop();
  void kill();

  // Gives a client what it writes from now on, and its stdin. Error: why not; he is the caller's still.
  Result<> attach(bool wants_input, Fd& connection);

  const Container& container() const;
  // An init container that runs and ends before the next.
  bool is_step() const;
  bool is_running() const { return run_.has_value(); }
  // Its postStart handler is under way: it runs, but does not count as started.
  bool is_starting() const { return run_ && run_->post_start; }
  // Whether the containers behind it in the pod's order may start.
  bool is_started() { return status().started.value_or(false); }
  // Of a step: it is done with.
  bool has_succeeded();
  void cancel_wait();

 private:
  // What the kubelet reports of a container that could not be started.
  static constexpr int kStartErrorCode = 128;

  ContainerStatus& status();
  void say(Event event);

  void on_started(StartedContainer started, LogWriter log);
  void run_post_start();
  void on_up();
  void start_probes();
  void on_probed();
  void on_unhealthy(int64_t grace, std::string_view reason);
  void on_failed(const StartFailure& failure);
  void on_image_missing(const StartFailure& failure);
  void retry_image();
  void restart_after_end();
  void on_exit();
  void wait(int64_t milliseconds, void (ContainerWorker::*then)());
  void set_waiting(std::string reason, std::string_view message);
  void set_terminated(StateTerminated terminated);
  StateTerminated describe_end(int code, bool out_of_memory);
  void remove_old_log() const;

  // A running container.
  struct Run {
    StartedContainer started;
    Time started_at;
    int64_t begun = 0;  // the same on the loop's clock
    std::unique_ptr<ContainerOutput> output;
    std::unique_ptr<Hook> post_start = {};
    std::unique_ptr<ProbeWorker> probes = {};
    std::unique_ptr<ContainerEnd> end = {};
  };

  PodState& state_;
  ContainerPlace place_;
  std::function<void()> on_change_;
  std::optional<Run> run_;
  Backoff restarts_, pulls_;
  std::string missing_image_;
  bool is_restart_asked_ = false;
  bool has_begun_ = false;  // start() was called in this sandbox
  int64_t attempts_ = 0;    // starts that made a container, or tried to
  int64_t ended_ = 0;       // when the last run ended, on the loop's clock
  Loop::TimerId timer_ = 0;
};

}  // namespace kube
