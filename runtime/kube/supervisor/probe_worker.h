// Probes one run of a container, from its start to its end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/kube/probes/probe_state.h"
#include "runtime/kube/supervisor/pod_state.h"

namespace kube {

class ProbeWorker {
 public:
  struct Listener {
    std::function<void(Event)> say;
    // Whether it has started or is ready may have changed.
    std::function<void()> on_change;
    // It is to be restarted, with so many milliseconds of grace, for this reason ("failed liveness probe").
    std::function<void(int64_t grace, std::string reason)> on_failure;
  };

  // `started_at` is when the container started, on the loop's clock: delays count from then.
  ProbeWorker(PodState& state, Container container, std::string id, int64_t started_at, Listener listener);
  ProbeWorker(const ProbeWorker&) = delete;
  ~ProbeWorker();

  bool is_started() const { return health_.is_started(); }
  bool is_ready() const { return health_.is_ready(); }

  // The container is being ended: it is not restarted any more, but whether it is ready is still seen.
  void begin_end();

 private:
  struct Slot {
    ProbeKind kind;
    const Probe* probe;  // of `container_`
    ProbeState state;
    int64_t first = 0;  // when it is due for the first time
    Loop::TimerId timer = 0;
    std::unique_ptr<HandlerRun> run = {};
  };

  void add(ProbeKind kind, const std::optional<Probe>& probe);
  void begin(Slot& slot, int64_t from);
  void wait(Slot& slot, int64_t now);
  void ask(Slot& slot);
  void hear(Slot& slot, const HandlerResult& result);
  void take(Slot& slot, const HandlerResult& result);
  void say(const Slot& slot, const HandlerResult& result);
  void fail(const Slot& slot);
  void stop(Slot& slot);

  PodState& state_;
  Container container_;  // ours: the pod's own moves when the pod is changed (PodWorker::change)
  std::string id_;
  Listener listener_;
  ContainerHealth health_;
  std::vector<Slot> slots_;
};

}  // namespace kube
