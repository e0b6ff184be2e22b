#include "runtime/kube/api/print.h"

#include "base/text.h"
#include "runtime/kube/api/emit.h"
#include "runtime/kube/api/schema.h"

namespace kube {
namespace {

using Kind = Node::Kind;

// Adds the key unless its value is an empty text. Callers add in alphabetical order.
void put(Node& object, std::string_view key, Node value) {
  object.kind = Kind::mapping;
  if (value.kind == Kind::string && value.text.empty()) return;
  object.entries.push_back({text_node(std::string(key)), std::move(value)});
}

Node encode_event(const Event& event, const ObjectMeta& pod) {
  Node object, metadata, source, out;
  put(object, "apiVersion", text_node("v1"));
  put(object, "fieldPath", text_node(event.object));
  put(object, "kind", text_node("Pod"));
  put(object, "name", text_node(pod.name));
  put(object, "namespace", text_node(pod.ns));
  put(object, "uid", text_node(pod.uid));
  put(metadata, "name", text_node(cat(pod.name, '.', event.first.seconds)));
  put(metadata, "namespace", text_node(pod.ns));
  put(source, "component", text_node(event.from));
  put(out, "apiVersion", text_node("v1"));
  put(out, "count", encode(event.count));
  put(out, "firstTimestamp", encode(event.first));
  put(out, "involvedObject", std::move(object));
  put(out, "kind", text_node("Event"));
  put(out, "lastTimestamp", encode(event.last));
  put(out, "message", text_node(event.message));
  put(out, "metadata", std::move(metadata));
  put(out, "reason", text_node(event.reason));
  put(out, "source", std::move(source));
  put(out, "type", text_node(event.type));
  return out;
}

Node list_events(const std::vector<Event>& events, const ObjectMeta& pod) {
  std::vector<Node> items;
  items.reserve(events.size());
  for (const Event& event : events) items.push_back(encode_event(event, pod));
  return list_node(std::move(items));
}

template <class T>
Result<T> read_json(std::string_view text, std::string_view what) {
  auto node = parse_json(text);
  if (!node) return std::unexpected(place_error(what, node.error()));
  T value;
  auto decoded = decode_value(*node, "", value);
  if (!decoded) return std::unexpected(place_error(what, decoded.error()));
  return value;
}

}  // namespace

std::string print_events_yaml(const std::vector<Event>& events, const ObjectMeta& pod) {
  return emit_yaml(list_events(events, pod));
}

std::string print_events_json(const std::vector<Event>& events, const ObjectMeta& pod) {
  return emit_json(list_events(events, pod));
}

std::string print_event_line(const Event& event, const ObjectMeta& pod) {
  return emit_compact_json(encode_event(event, pod));
}

std::string write_pod_json(const Pod& pod) {
  return emit_compact_json(encode(pod));
}

Result<Pod> read_pod_json(std::string_view text) {
  return read_json<Pod>(text, "pod");
}

std::string write_event_json(const Event& event) {
  return emit_compact_json(encode(event));
}

Result<Event> read_event_json(std::string_view text) {
  return read_json<Event>(text, "event");
}

}  // namespace kube
