#include "runtime/kube/supervisor/probe_worker.h"

#include <algorithm>

#include "runtime/kube/api/containers.h"
#include "runtime/kube/supervisor/handler_target.h"
#include "runtime/kube/supervisor/wording.h"

namespace kube {
namespace {

constexpr int64_t kSecond = 1000;

}  // namespace

ProbeWorker::ProbeWorker(PodState& state, Container container, std::string id, int64_t started_at, Listener listener)
    : state_(state),
      container_(std::move(container)),
      id_(std::move(id)),
      listener_(std::move(listener)),
      health_(container_) {
  slots_.reserve(3);  // what is under way points into it
  add(ProbeKind::startup, container_.startup_probe);
  add(ProbeKind::readiness, container_.readiness_probe);
  add(ProbeKind::liveness, container_.liveness_probe);
  for (Slot& slot : slots_)
    if (health_.is_probed(slot.kind)) begin(slot, started_at);
}

ProbeWorker::~ProbeWorker() {
  for (Slot& slot : slots_) stop(slot);
}

void ProbeWorker::add(ProbeKind kind, const std::optional<Probe>& probe) {
  if (probe) slots_.push_back({.kind = kind, .probe = &*probe, .state = ProbeState(*probe)});
}

void ProbeWorker::begin(Slot& slot, int64_t from) {
  slot.first = from + slot.probe->initial_delay * kSecond;
  wait(slot, slot.first - 1);
}

// Until the probe is due for the first time after `now`.
void ProbeWorker::wait(Slot& slot, int64_t now) {
  const int64_t due = next_probe_time(slot.first, slot.probe->period * kSecond, now);
  slot.timer = state_.loop.after(std::max<int64_t>(due - monotonic_ms(), 0), [this, &slot] { ask(slot); });
}

void ProbeWorker::ask(Slot& slot) {
  slot.timer = 0;
  slot.run = run_handler(state_.loop, handler_target(state_, container_, id_, "probe"), handler_of(*slot.probe),
                         slot.probe->timeout * kSecond, [this, &slot](const HandlerResult& result) {
                           slot.run.reset();
                           hear(slot, result);
                         });
}

// When a container ends, a command in it is killed first (pid_namespaces(7)). Like a kubelet's, our probes end with
// their container: before such a result counts, the container's end has time to be seen.
void ProbeWorker::hear(Slot& slot, const HandlerResult& result) {
  if (!result.was_killed) return take(slot, result);
  slot.timer = state_.loop.after(kSecond, [this, &slot, result] {
    slot.timer = 0;
    take(slot, result);
  });
}

void ProbeWorker::take(Slot& slot, const HandlerResult& result) {
  say(slot, result);
  const bool was_started = is_started(), was_ready = is_ready();
  if (health_.take(slot.kind, slot.state.take(result.outcome))) return fail(slot);
  if (!was_started && is_started()) {
    for (Slot& other : slots_)
      if (other.kind != ProbeKind::startup) begin(other, monotonic_ms());
  }
  if (health_.is_probed(slot.kind)) wait(slot, monotonic_ms());
  if (was_started != is_started() || was_ready != is_ready()) listener_.on_change();
}

void ProbeWorker::say(const Slot& slot, const HandlerResult& result) {
  using Outcome = HandlerResult::Outcome;
  if (result.outcome != Outcome::success) listener_.say(probe_event(container_, name_of(slot.kind), result));
}

// Not asked again: until it is restarted it would only fail the same.
void ProbeWorker::fail(const Slot& slot) {
  const int64_t grace = slot.probe->termination_grace_period.value_or(grace_of(state_.pod.spec));
  const std::string reason = slot.kind == ProbeKind::startup ? "failed startup probe" : "failed liveness probe";
  begin_end();
  listener_.on_failure(grace * kSecond, reason);
}

void ProbeWorker::begin_end() {
  for (Slot& slot : slots_)
    if (slot.kind != ProbeKind::readiness) stop(slot);
}

void ProbeWorker::stop(Slot& slot) {
  state_.loop.cancel(slot.timer);
  slot.run.reset();
}

}  // namespace kube
