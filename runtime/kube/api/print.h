// Events as `events -o yaml|json` shows them, and what is kept on disk of pods and events.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// Events as objects of core/v1: a List, or for a stream one compact object a line (no newline at its end).
std::string print_events_yaml(const std::vector<Event>& events, const ObjectMeta& pod);
std::string print_events_json(const std::vector<Event>& events, const ObjectMeta& pod);
std::string print_event_line(const Event& event, const ObjectMeta& pod);

// For the disk: compact JSON with all of the Pod, and back without loss. Reading sets no default and validates nothing.
std::string write_pod_json(const Pod& pod);
Result<Pod> read_pod_json(std::string_view text);
// The same for one event: one line of a pod's event log, without the newline.
std::string write_event_json(const Event& event);
Result<Event> read_event_json(std::string_view text);

}  // namespace kube
