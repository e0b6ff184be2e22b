#include "runtime/kube/probes/handler.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/probes/runs.h"

namespace kube {

std::unique_ptr<HandlerRun> run_handler(Loop& loop, const HandlerTarget& target, Handler handler, int64_t timeout,
                                        std::function<void(HandlerResult)> done) {
  if (auto* exec = std::get_if<ExecAction>(&handler))
    return run_exec(loop, target, std::move(*exec), timeout, std::move(done));
  if (auto* http = std::get_if<HttpGetAction>(&handler))
    return run_http(loop, target, std::move(*http), timeout, std::move(done));
  if (const auto* tcp = std::get_if<TcpSocketAction>(&handler))
    return run_tcp(loop, target, *tcp, timeout, std::move(done));
  return run_grpc(loop, target, std::get<GrpcAction>(handler), timeout, std::move(done));
}

Result<uint16_t> resolve_port(const PortReference& port, const Container& container) {
  int64_t number = port.number;
  if (!port.name.empty()) {
    const auto found = std::ranges::find(container.ports, port.name, &ContainerPort::name);
    if (found == container.ports.end()) return fail(cat("couldn't find port: ", port.name, " in container"));
    number = found->container_port;
  }
  if (number < 1 || number > 65535) return fail(cat("invalid port number: ", number));
  return static_cast<uint16_t>(number);
}

}  // namespace kube
