#include "runtime/kube/state/event_log.h"

#include <algorithm>
#include <cerrno>

#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"
#include "runtime/kube/api/print.h"

namespace kube {
namespace {

bool is_same(const Event& left, const Event& right) {
  return left.type == right.type && left.reason == right.reason && left.message == right.message &&
         left.object == right.object && left.from == right.from;
}

}  // namespace

void EventLog::add(Event event) {
  // It may quote what a container has printed, and must be read again.
  event.message = utf8_of(event.message);
  auto known = std::find_if(events_.begin(), events_.end(), [&](const Event& old) { return is_same(old, event); });
  if (known != events_.end()) {
    event.count = known->count + 1;
    event.first = known->first;
    events_.erase(known);
  }
  events_.push_back(std::move(event));
  if (events_.size() > kLimit) events_.erase(events_.begin());
  is_changed_ = true;
}

Result<> EventLog::write(const std::string& dir) {
  std::string text;
  for (const Event& event : events_) text += cat(write_event_json(event), "\n");
  TRY(replace_file(cat(dir, "/events"), text));
  is_changed_ = false;
  return {};
}

Result<std::vector<Event>> read_events(const std::string& dir) {
  std::vector<Event> events;
  std::string path = cat(dir, "/events");
  Result<std::string> text = read_file(path);
  if (!text) {
    if (text.error().err == ENOENT) return events;
    return std::unexpected(text.error());
  }
  for (const std::string& line : split(*text, '\n'))
    if (!line.empty()) events.push_back(TRY_IN(path, read_event_json(line)));
  return events;
}

}  // namespace kube
