#include "runtime/kube/supervisor/resize_worker.h"

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "cgroups/control.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/resizable.h"
#include "runtime/kube/api/schema.h"
#include "runtime/kube/sandbox/cgroup_limits.h"
#include "runtime/kube/sandbox/pod_cgroup.h"
#include "runtime/kube/state/node_resources.h"
#include "runtime/kube/state/record.h"
#include "runtime/kube/state/room.h"
#include "runtime/kube/supervisor/resize_apply.h"
#include "runtime/kube/supervisor/resize_status.h"
#include "runtime/kube/supervisor/wording.h"

namespace kube {
namespace {

constexpr int64_t kLongestRetry = 30'000;  // milliseconds

bool is_running(const PodStatus& status, const std::string& container) {
  const ContainerStatus* found = find_status(status, container);
  return found && found->state.running;
}

std::string id_of(const PodStatus& status, const std::string& container) {
  const ContainerStatus* found = find_status(status, container);
  return found ? id_of(*found) : "";
}

// Of the amounts that this is about.
bool is_actuated(const ContainerAllocation& one) {
  return is_same(one.actuated, one.allocated);
}

Quantity memory_of(const ResourceRequirements& resources) {
  const Quantity* limit = find_amount(resources.limits, "memory");
  return limit ? *limit : whole_quantity(INT64_MAX);
}

bool grows(const ContainerAllocation& one) {
  return memory_of(one.allocated) > memory_of(one.actuated);
}

bool is_deferred(const std::optional<PendingResize>& pending) {
  return pending && pending->reason == std::string_view(kDeferred);
}

}  // namespace

ResizeWorker::ResizeWorker(PodState& state, Restart restart)
    : state_(state), restart_(std::move(restart)), room_(state.loop, state.place, [this] { decide(); }) {}

void ResizeWorker::say(std::string_view type, std::string_view reason, std::string_view what, const PodSpec& spec,
                       const std::string& error) {
  state_.events.add(pod_event(
      type, reason, cat("Pod resize ", what, ": ", describe_resize(spec, state_.pod.metadata.generation, error))));
}

void ResizeWorker::on_spec() {
  if (!state_.allocation.containers.empty()) decide();
}

// Desired against allocated.
void ResizeWorker::decide() {
  if (state_.is_terminating) return room_.stop();
  if (is_same(allocated_spec(state_.pod.spec, state_.allocation), state_.pod.spec)) return set_pending({});
  const Result<Fd> lock = lock_room(state_.place);
  auto pending = lock ? why_pending() : PendingResize{kDeferred, lock.error().text()};
  if (is_deferred(pending) && room_.start() && lock) pending = why_pending();
  set_pending(pending);
  if (!pending) allocate();
}

std::optional<PendingResize> ResizeWorker::why_pending() const {
  const StringMap& annotations = state_.pod.metadata.annotations;
  const auto source = annotations.find("kubernetes.io/config.source");
  if (source != annotations.end() && source->second != "api")
    return PendingResize{kInfeasible, "In-place resize of static-pods is not supported"};
  const auto others = list_pods(state_.place, "");
  if (!others) return PendingResize{kDeferred, others.error().text()};
  return why_not_resizable(state_.pod, *others, read_allocatable(state_.place, state_.context.node));
}

void ResizeWorker::set_pending(const std::optional<PendingResize>& pending) {
  if (!is_deferred(pending)) room_.stop();
  PodStatus& status = state_.pod.status;
  const bool is_changed = pending ? set_resize_condition(state_.pod, kResizePending, pending->reason, pending->message)
                                  : remove_resize_condition(status, kResizePending);
  state_.is_changed = state_.is_changed || is_changed;
  const std::string text =
      pending ? cat(pending->reason, " ", state_.pod.metadata.generation, " ", pending->message) : "";
  if (std::exchange(last_pending_, text) != text && pending)
    say("Warning", cat("Resize", pending->reason), pending->reason, state_.pod.spec, pending->message);
}

// What is promised is on disk before it is acted upon, and before others look.
void ResizeWorker::allocate() {
  for (ContainerAllocation& one : state_.allocation.containers)
    if (const Container* container = find_container(state_.pod.spec, one.name)) one.allocated = container->resources;
  is_begun_ = has_failed_ = false;
  is_due_ = true;
  if (retry_ != 0) state_.loop.cancel(retry_);
  retry_ = 0;
  retry_delay_ = kFirstRetry;
  state_.is_changed = true;
  show_allocated(state_.pod.status, state_.allocation);
  Result<> written = write_allocation(state_.allocation, state_.dir);
  if (written) written = write_pod(state_.pod, state_.dir);
  if (!written) report_error(written.error().text());
}

void ResizeWorker::update() {
  if (state_.allocation.containers.empty() || state_.is_terminating) return;
  // Who does not run gets what is allocated when it starts.
  for (ContainerAllocation& one : state_.allocation.containers)
    if (!is_running(state_.pod.status, one.name)) one.actuated = one.allocated;
  actuate();
  show();
}

// Allocated against actuated: of the containers that run, and of the pod, whose cgroup is there while none of them
// does.
void ResizeWorker::actuate() {
  if (retry_ != 0 || (!is_due_ && std::ranges::all_of(state_.allocation.containers, is_actuated))) return;
  if (!std::exchange(is_begun_, true))
    say("Normal", "ResizeStarted", "started", allocated_spec(state_.pod.spec, state_.allocation));
  const Result<bool> applied = apply();
  if (!applied) return report_error(applied.error().text());
  if (*applied) return finish();
  if (set_resize_condition(state_.pod, kResizeInProgress, "", "")) state_.is_changed = true;
}

PodCgroups ResizeWorker::running_cgroups() const {
  PodCgroups cgroups{.pod = state_.context.cgroup_path, .containers = {}};
  for (const ContainerAllocation& one : state_.allocation.containers) {
    if (!is_running(state_.pod.status, one.name)) continue;
    const Container* container = find_container(state_.pod.spec, one.name);
    cgroups.containers.push_back({one.name, cat(cgroups.pod, "/", id_of(state_.pod.status, one.name)),
                                  needs_restart(*container, one.actuated, one.allocated)});
  }
  return cgroups;
}

// Whether the cgroups have all that is allocated.
Result<bool> ResizeWorker::set_limits(PodCgroups& cgroups) {
  const NodeInfo& node = state_.context.node;
  if (!node.has_cpu_controller && !node.has_memory_controller) return true;
  const PodSpec spec = allocated_spec(state_.pod.spec, state_.allocation);
  const Result<PodLimits> limits = read_pod_limits(state_.hierarchy, cgroups, spec, node);
  // The pod's is not made yet, and will be with what is allocated.
  if (!limits && limits.error().err == ENOENT) return true;
  if (!limits) return std::unexpected(limits.error());
  const ResizePlan plan = plan_resize(*limits);
  TRY(apply_resize(state_.hierarchy, cgroups, *limits, plan));
  return plan.is_complete;
}

// True when nothing is left to do.
Result<bool> ResizeWorker::apply() {
  shown_.clear();
  PodCgroups cgroups = running_cgroups();
  const bool is_complete = TRY(set_limits(cgroups));
  for (const PodCgroups::One& one : cgroups.containers)
    if (ContainerAllocation* found = find_allocation(state_.allocation, one.name); !one.is_restarted)
      found->actuated = found->allocated;
  TRY(write_allocation(state_.allocation, state_.dir));
  return !restart_next() && is_complete;
}

// One after the other, those that shrink first: so none of them takes what another has not left yet.
bool ResizeWorker::restart_next() {
  ContainerAllocation* next = nullptr;
  for (ContainerAllocation& one : state_.allocation.containers) {
    if (is_actuated(one)) continue;
    if (!next || grows(*next) > grows(one)) next = &one;
  }
  if (!next) return false;
  const std::string id = id_of(state_.pod.status, next->name);
  if (std::exchange(asked_[next->name], id) != id)
    restart_(next->name, cat("Container ", next->name, " resize requires restart"));
  return true;
}

void ResizeWorker::finish() {
  is_due_ = is_begun_ = has_failed_ = false;
  asked_.clear();
  remove_resize_condition(state_.pod.status, kResizeInProgress);
  state_.is_changed = true;
  say("Normal", "ResizeCompleted", "completed", allocated_spec(state_.pod.spec, state_.allocation));
  if (state_.context.node.has_cpu_controller)
    set_qos_weights(state_.hierarchy, list_pods(state_.place, "").value_or(std::vector<Pod>()));
  announce_room(state_.place);
}

// It is tried again, silently and ever more rarely: what is in use may come down at any time, or never.
void ResizeWorker::report_error(const std::string& error) {
  if (set_resize_condition(state_.pod, kResizeInProgress, kResizeError, error)) state_.is_changed = true;
  if (!std::exchange(has_failed_, true))
    say("Warning", "ResizeError", "error", allocated_spec(state_.pod.spec, state_.allocation), error);
  if (retry_ != 0) return;
  retry_ = state_.loop.after(retry_delay_, [this] {
    retry_ = 0;
    update();
  });
  retry_delay_ = std::min(2 * retry_delay_, kLongestRetry);
}

// What the kernel has of each container: it is read once of every run, and again after every write.
void ResizeWorker::show() {
  for (ContainerStatus* status : all_statuses(state_.pod.status)) {
    const ContainerAllocation* one = find_allocation(state_.allocation, status->name);
    const std::string id = status->state.running ? id_of(*status) : "";
    const auto [shown, is_new] = shown_.try_emplace(status->name);
    if (!one || (!is_new && shown->second == id)) continue;
    shown->second = id;
    ResourceRequirements resources = read_resources(*one, id);
    if (status->resources && is_same(*status->resources, resources)) continue;
    status->resources = std::move(resources);
    state_.is_changed = true;
  }
}

// With an empty id: it does not run.
ResourceRequirements ResizeWorker::read_resources(const ContainerAllocation& one, const std::string& id) const {
  const NodeInfo& node = state_.context.node;
  if (id.empty() || (!node.has_cpu_controller && !node.has_memory_controller)) return one.allocated;
  const auto limits = cgroups::read_limits(state_.hierarchy, cat(state_.context.cgroup_path, "/", id));
  return limits ? shown_resources({&one.allocated, &one.actuated}, limits_of(*limits)) : one.allocated;
}

}  // namespace kube
