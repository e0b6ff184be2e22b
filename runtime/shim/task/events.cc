#include "runtime/shim/task/events.h"

#include "runtime/shim/task/exits.h"

namespace shim {

void Events::send(std::string topic, wire::Any event) {
  wire::ForwardRequest request;
  request.envelope.emplace();
  request.envelope->timestamp = timestamp(exit_now(0).at);
  request.envelope->ns = ns_;
  request.envelope->topic = std::move(topic);
  request.envelope->event = std::move(event);
  client_.send(
      {std::string(wire::kServiceEvents), "Forward", wire::encode(request), {{"containerd-namespace-ttrpc", ns_}}});
}

}  // namespace shim
