// Connections to a pod's ports, which do not block.
#pragma once

#include <sys/socket.h>

#include <string>

#include "base/descriptor.h"

namespace kube {

struct Endpoint {
  std::string host;  // an address, or "localhost"
  uint16_t port = 0;
};

// "10.0.0.1:8080", "[::1]:8080".
std::string print_endpoint(const Endpoint& endpoint);

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
};
// Names are not looked up: a resolver would block, and knows no names of pods. Error: "dial tcp: lookup x: no such
// host".
Result<SocketAddress> parse_address(const Endpoint& endpoint);

// Begins to connect a socket to the endpoint, from within the network namespace at the path (empty: ours). It can be
// written to when that is decided; see finish_connecting(). Errors are those of Go's dialer: "dial tcp 10.0.0.1:8080:
// connect: connection refused".
Result<Fd> begin_connecting(const std::string& network, const Endpoint& endpoint);
Result<> finish_connecting(int socket, const Endpoint& endpoint);

// strerror as Go says it: "connection refused".
std::string lower_reason(int err);

}  // namespace kube
