#include "runtime/kube/api/probe.h"

#include "base/text.h"

namespace kube {
namespace {

std::string describe_http(const HttpGetAction& action) {
  const std::string_view slash = action.path.starts_with('/') ? "" : "/";
  return cat("http-get ", action.scheme == "HTTPS" ? "https" : "http", "://", action.host, ':', print_port(action.port),
             slash, action.path);
}

std::string describe_question(const Probe& probe) {
  if (probe.exec) return cat("exec [", join(probe.exec->command, " "), ']');
  if (probe.http_get) return describe_http(*probe.http_get);
  if (probe.tcp_socket) return cat("tcp-socket ", probe.tcp_socket->host, ':', print_port(probe.tcp_socket->port));
  if (probe.grpc) return cat("grpc <pod>:", probe.grpc->port, ' ', probe.grpc->service);
  return "unknown";
}

}  // namespace

Handler handler_of(const Probe& probe) {
  if (probe.exec) return *probe.exec;
  if (probe.http_get) return *probe.http_get;
  if (probe.tcp_socket) return *probe.tcp_socket;
  return probe.grpc.value_or(GrpcAction{});
}

std::string describe_probe(const Probe& probe) {
  return cat(describe_question(probe), " delay=", probe.initial_delay, "s timeout=", probe.timeout,
             "s period=", probe.period, "s #success=", probe.success_threshold, " #failure=", probe.failure_threshold);
}

}  // namespace kube
