// What the results of a container's probes come to, and when the next one is due. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/probes/handler.h"

namespace kube {

enum class ProbeKind { startup, readiness, liveness };

// "Startup", "Readiness", "Liveness": as events begin.
std::string_view name_of(ProbeKind kind);

// One probe of one run of a container.
class ProbeState {
 public:
  enum class Verdict { none, passed, failed };

  explicit ProbeState(const Probe& probe)
      : success_threshold_(probe.success_threshold), failure_threshold_(probe.failure_threshold) {}

  // Takes a result. The verdict that it brings about: none as long as its like has not come often enough in a row. A
  // question that could not be asked counts for nothing.
  Verdict take(HandlerResult::Outcome outcome);

 private:
  int64_t success_threshold_, failure_threshold_;
  bool was_success_ = false;
  int64_t in_a_row_ = 0;
};

// Whether a container has started and is ready: it starts when its startup probe has passed, and is ready when it has
// started and its readiness probe, which begins as failed, has passed. Where there is no such probe, it passes.
class ContainerHealth {
 public:
  explicit ContainerHealth(const Container& container)
      : is_started_(!container.startup_probe), is_ready_(!container.readiness_probe) {}

  bool is_started() const { return is_started_; }
  bool is_ready() const { return is_started_ && is_ready_; }
  // Startup comes first; the others follow when it has passed.
  bool is_probed(ProbeKind kind) const { return (kind == ProbeKind::startup) != is_started_; }

  // True: the container is to be restarted.
  bool take(ProbeKind kind, ProbeState::Verdict verdict);

 private:
  bool is_started_, is_ready_;
};

// The first time after `now` among `first`, `first` + `period` and so on: a probe that took longer than its period
// leaves out what it missed, and none comes later because another did.
int64_t next_probe_time(int64_t first, int64_t period, int64_t now);

}  // namespace kube
