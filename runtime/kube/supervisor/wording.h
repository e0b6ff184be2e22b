// What is said of a pod's life, in the kubelet's words: people search for them, and tools match them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "runtime/kube/api/pod.h"
#include "runtime/kube/probes/handler.h"

namespace kube {

// "web_default(UID)".
std::string pod_label(const ObjectMeta& pod);

Event pod_event(std::string_view type, std::string_view reason, std::string message);
// `object` becomes "spec.containers{NAME}".
Event container_event(const Container& container, std::string_view type, std::string_view reason, std::string message);

Event pulled_event(const Container& container);
Event created_event(const Container& container);
Event started_event(const Container& container);
// `why`: empty, the pod ends.
Event killing_event(const Container& container, std::string_view why);
Event post_start_failed_event(const Container& container);
Event pre_stop_failed_event(const Container& container);
Event backoff_event(const Container& container, const ObjectMeta& pod);
Event failed_event(const Container& container, std::string_view error);
Event oom_event(const Container& container);
// Of a result that is no plain success; `kind`: "Liveness".
Event probe_event(const Container& container, std::string_view kind, const HandlerResult& result);
// The host refuses the score that the pod's class asks for (it needs CAP_SYS_RESOURCE): the nearest is taken.
Event oom_score_event(const Container& container, int wanted, int given);
// `image`: the container's own, or that of a volume that it mounts.
Event image_never_event(const Container& container, std::string_view image);
Event pull_failed_event(const Container& container, std::string_view image, std::string_view error);
Event pull_backoff_event(const Container& container, std::string_view image);
Event sandbox_failed_event(std::string_view error);
Event sandbox_changed_event();
Event mount_failed_event(std::string_view volume, std::string_view error);

// Messages of waiting containers.
std::string crash_loop_message(const Container& container, const ObjectMeta& pod, int64_t delay_ms);
std::string pull_backoff_message(std::string_view image);
std::string image_never_message(std::string_view image);

// "10s", "1m20s", "5m0s": as Go prints durations.
std::string go_duration(int64_t milliseconds);

}  // namespace kube
