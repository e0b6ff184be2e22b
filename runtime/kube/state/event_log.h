// A pod's history: the last things that happened to it, oldest first.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "runtime/kube/api/pod.h"

namespace kube {

class EventLog {
 public:
  // More are not kept: a pod that fails for days must not fill the disk.
  static constexpr size_t kLimit = 100;

  EventLog() = default;
  // Goes on with those of before.
  explicit EventLog(std::vector<Event> events) : events_(std::move(events)) {}

  // Adds an event. One that is already there (type, reason, message, object) is counted again and becomes the newest,
  // as the API server's event correlator does it.
  void add(Event event);

  const std::vector<Event>& events() const { return events_; }
  bool is_changed() const { return is_changed_; }

  // The file `events` of the pod's folder, replaced at once.
  Result<> write(const std::string& dir);

 private:
  std::vector<Event> events_;
  bool is_changed_ = false;
};

// What the file has; nothing when it is not there.
Result<std::vector<Event>> read_events(const std::string& dir);

}  // namespace kube
