// Pods as text: what `get -o yaml|json` shows and what is kept on disk.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

// As kubectl prints: keys in alphabetical order, YAML with lists at the indent of their key, JSON indented by four.
std::string print_pod_yaml(const Pod& pod);
std::string print_pod_json(const Pod& pod);
// A v1 List of them, as `get pods -o yaml|json` gives for any number but one named pod.
std::string print_pods_yaml(const std::vector<Pod>& pods);
std::string print_pods_json(const std::vector<Pod>& pods);
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
