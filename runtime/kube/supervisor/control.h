// The socket by which a supervisor is told things: one message a connection, one answer.
#pragma once

#include <optional>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace kube {

// The socket `control` in the pod's folder. Paths of pods may be longer than a socket's address takes, so it is reached
// through the folder's descriptor.
Result<Fd> listen_control(const std::string& pod_dir);
Result<Fd> connect_control(const std::string& pod_dir);

// "delete 30": end the pod with so many seconds of grace.
struct Request {
  int64_t grace = 0;
};
std::string print_request(const Request& request);
std::optional<Request> parse_request(std::string_view text);

// Sends the request to the pod's supervisor and waits until it has been heard. ENOENT or ECONNREFUSED when there is no
// supervisor.
Result<> send_request(const std::string& pod_dir, const Request& request);

// Takes one connection of a listening socket: its request, answered; empty when it was not one. Does not block for
// long: a client that says nothing is dropped.
std::optional<Request> accept_request(int listening);

}  // namespace kube
