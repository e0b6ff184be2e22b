// `get pods` and `events` as tables. Pure functions of what is known and of the time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/kube/api/pod.h"

namespace kube {

// Columns left aligned, three spaces apart, each as wide as its widest cell but at least six (kubectl's setting of the
// table writer); no space at a line's end.
std::string print_table(const std::vector<std::vector<std::string>>& rows);

struct TableOptions {
  bool wide = false;        // and IP, NODE, NOMINATED NODE, READINESS GATES
  bool namespaces = false;  // NAMESPACE first
  bool headers = true;
};
// NAME READY STATUS RESTARTS AGE, in the order given.
std::string print_pod_table(const std::vector<Pod>& pods, Time at, const TableOptions& options = {});

// "57s", or for an event that came again "10s (x3 over 20s)".
std::string event_age_text(const Event& event, Time at);

struct PodEvent {
  const ObjectMeta* pod;
  Event event;
};
// LAST SEEN TYPE REASON OBJECT MESSAGE, as `kubectl events`, in the order given.
std::string print_event_table(const std::vector<PodEvent>& events, Time at, const TableOptions& options = {});

}  // namespace kube
