// What can be asked of a container: by its probes (probe.h), and at its start and end. Fields of the Kubernetes API.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace kube {

// A number, or the name of one of the container's ports.
struct PortReference {
  int64_t number = 0;  // with a name: 0
  std::string name;
};

// "8080", "web".
std::string print_port(const PortReference& port);

struct ExecAction {
  std::vector<std::string> command;  // run without a shell, in the container
};

struct HttpHeader {
  std::string name, value;
};

struct HttpGetAction {
  std::string path;  // with a query, if there is one
  PortReference port;
  std::string host;    // empty: the pod's address
  std::string scheme;  // HTTP, HTTPS
  std::vector<HttpHeader> headers;
};

struct TcpSocketAction {
  PortReference port;
  std::string host;  // empty: the pod's address
};

// The health protocol of gRPC (grpc.health.v1.Health/Check).
struct GrpcAction {
  int64_t port = 0;
  std::string service;
};

using Handler = std::variant<ExecAction, HttpGetAction, TcpSocketAction, GrpcAction>;

}  // namespace kube
