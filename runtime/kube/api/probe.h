// How the health of a container is asked for. Fields of the Kubernetes API.
#pragma once

#include <cstdint>
#include <optional>

#include "runtime/kube/api/handlers.h"

namespace kube {

struct Probe {
  // One of them is there.
  std::optional<ExecAction> exec;
  std::optional<HttpGetAction> http_get;
  std::optional<TcpSocketAction> tcp_socket;
  std::optional<GrpcAction> grpc;
  // Seconds.
  int64_t initial_delay = 0, timeout = 0, period = 0;
  std::optional<int64_t> termination_grace_period;  // in place of the pod's; not of readiness
  // So many results in a row.
  int64_t success_threshold = 0, failure_threshold = 0;
};

// The one that is there.
Handler handler_of(const Probe& probe);

// "http-get http://:8080/healthz delay=3s timeout=1s period=3s #success=1 #failure=3", as kubectl describes it.
std::string describe_probe(const Probe& probe);

}  // namespace kube
