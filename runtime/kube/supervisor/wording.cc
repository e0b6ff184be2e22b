#include "runtime/kube/supervisor/wording.h"

#include "base/text.h"

namespace kube {
namespace {

constexpr std::string_view kNormal = "Normal", kWarning = "Warning";

}  // namespace

std::string pod_label(const ObjectMeta& pod) {
  return cat(pod.name, "_", pod.ns, "(", pod.uid, ")");
}

Event pod_event(std::string_view type, std::string_view reason, std::string message) {
  Event event;
  event.type = type;
  event.reason = reason;
  event.from = "nacelle";
  event.message = std::move(message);
  event.first = event.last = now();
  return event;
}

Event container_event(const Container& container, std::string_view type, std::string_view reason, std::string message) {
  Event event = pod_event(type, reason, std::move(message));
  event.object = cat("spec.containers{", container.name, "}");
  return event;
}

Event pulled_event(const Container& container) {
  return container_event(container, kNormal, "Pulled",
                         cat("Container image \"", container.image, "\" already present on machine"));
}

Event created_event(const Container& container) {
  return container_event(container, kNormal, "Created", cat("Created container: ", container.name));
}

Event started_event(const Container& container) {
  return container_event(container, kNormal, "Started", cat("Started container ", container.name));
}

Event killing_event(const Container& container, std::string_view why) {
  return container_event(container, kNormal, "Killing",
                         why.empty() ? cat("Stopping container ", container.name) : std::string(why));
}

// What the handler said may hold secrets, so the kubelet keeps it out of the event.
Event post_start_failed_event(const Container& container) {
  return container_event(container, kWarning, "FailedPostStartHook", "PostStartHook failed");
}

Event pre_stop_failed_event(const Container& container) {
  return container_event(container, kWarning, "FailedPreStopHook", "PreStopHook failed");
}

Event backoff_event(const Container& container, const ObjectMeta& pod) {
  return container_event(container, kWarning, "BackOff",
                         cat("Back-off restarting failed container ", container.name, " in pod ", pod_label(pod)));
}

Event failed_event(const Container& container, std::string_view error) {
  return container_event(container, kWarning, "Failed", cat("Error: ", error));
}

Event oom_event(const Container& container) {
  const Quantity* limit = find_amount(container.resources.limits, "memory");
  const std::string where = limit ? cat(" (memory limit ", print_quantity(*limit), ")") : "";
  return container_event(container, kWarning, "OOMKilling",
                         cat("Memory cgroup out of memory: killed container ", container.name, where));
}

Event probe_event(const Container& container, std::string_view kind, const HandlerResult& result) {
  using Outcome = HandlerResult::Outcome;
  if (result.outcome == Outcome::warning)
    return container_event(container, kWarning, "ProbeWarning", cat(kind, " probe warning: ", result.message));
  const std::string_view what =
      result.outcome == Outcome::unknown ? " probe errored and resulted in unknown state: " : " probe failed: ";
  return container_event(container, kWarning, "Unhealthy", cat(kind, what, result.message));
}

Event oom_score_event(const Container& container, int wanted, int given) {
  return container_event(container, kWarning, "OOMScoreAdjRefused",
                         cat("oom_score_adj ", given, " instead of ", wanted, ": this host does not let it be lower"));
}

Event image_never_event(const Container& container, std::string_view image) {
  return container_event(container, kWarning, "ErrImageNeverPull", image_never_message(image));
}

Event pull_failed_event(const Container& container, std::string_view image, std::string_view error) {
  return container_event(container, kWarning, "Failed", cat("Failed to pull image \"", image, "\": ", error));
}

Event pull_backoff_event(const Container& container, std::string_view image) {
  return container_event(container, kNormal, "BackOff", pull_backoff_message(image));
}

Event sandbox_failed_event(std::string_view error) {
  return pod_event(kWarning, "FailedCreatePodSandBox", cat("Failed to create pod sandbox: ", error));
}

Event sandbox_changed_event() {
  return pod_event(kNormal, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
}

Event mount_failed_event(std::string_view volume, std::string_view error) {
  return pod_event(kWarning, "FailedMount", cat("MountVolume.SetUp failed for volume \"", volume, "\" : ", error));
}

std::string crash_loop_message(const Container& container, const ObjectMeta& pod, int64_t delay_ms) {
  return cat("back-off ", go_duration(delay_ms), " restarting failed container=", container.name,
             " pod=", pod_label(pod));
}

std::string pull_backoff_message(std::string_view image) {
  return cat("Back-off pulling image \"", image, "\"");
}

std::string image_never_message(std::string_view image) {
  return cat("Container image \"", image, "\" is not present with pull policy of Never");
}

std::string go_duration(int64_t milliseconds) {
  const int64_t seconds = milliseconds / 1000;
  if (seconds < 60) return cat(seconds, "s");
  if (seconds < 3600) return cat(seconds / 60, "m", seconds % 60, "s");
  return cat(seconds / 3600, "h", seconds / 60 % 60, "m", seconds % 60, "s");
}

}  // namespace kube
