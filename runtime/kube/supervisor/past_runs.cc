#include "runtime/kube/supervisor/past_runs.h"

#include <signal.h>

#include "runtime/kube/api/containers.h"

namespace kube {
namespace {

bool is_noted(const ContainerStatus& status, const std::string& shown) {
  // With a postStart handler under way the status has the id already, and the state is that of the run before.
  const auto& ended = status.state.terminated;
  const auto& before = status.last_state.terminated;
  return (status.state.running && status.container_id == shown) || (ended && ended->container_id == shown) ||
         (before && before->container_id == shown);
}

}  // namespace

int64_t count_starts(const ContainerStatus& status) {
  const bool has_started = status.state.running || status.state.terminated || status.last_state.terminated;
  return has_started ? status.restart_count + 1 : 0;
}

void note_start(ContainerStatus& status, const std::string& id, Time at) {
  const std::string shown = shown_id(id);
  if (is_noted(status, shown)) return;
  note_unseen_end(status, at);
  // With a postStart handler under way the id is there, and the container does not count as running yet.
  if (status.container_id != shown) status.restart_count = count_starts(status);
  if (status.state.terminated) status.last_state = status.state;
  status.container_id = shown;
  status.state = {.running = StateRunning{at}};
}

void note_unseen_end(ContainerStatus& status, Time at) {
  if (!status.state.running) return;
  status.state = {.terminated = StateTerminated{.exit_code = 128 + SIGKILL,
                                                .reason = "ContainerStatusUnknown",
                                                .message = "the pod's supervisor was killed, and nobody saw its end",
                                                .started_at = status.state.running->started_at,
                                                .finished_at = at,
                                                .container_id = status.container_id}};
  status.ready = false;
  status.started = false;
}

}  // namespace kube
