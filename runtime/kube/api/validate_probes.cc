#include "runtime/kube/api/validate_probes.h"

#include <algorithm>

#include "base/text.h"
#include "runtime/kube/api/containers.h"
#include "runtime/kube/api/names.h"

namespace kube {
namespace {

void check_number_of_port(int64_t number, const std::string& path, Checker& check) {
  if (number < 1 || number > 65535)
    check.add(path, cat("Invalid value: ", number, ": must be between 1 and 65535, inclusive"));
}

void check_port(const PortReference& port, const std::string& path, Checker& check) {
  if (!port.name.empty()) return check.invalid(path, port.name, check_port_name(port.name));
  check_number_of_port(port.number, path, check);
}

bool is_header_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

void check_handler(const Probe& probe, const std::string& path, Checker& check) {
  const int count =
      probe.exec.has_value() + probe.http_get.has_value() + probe.tcp_socket.has_value() + probe.grpc.has_value();
  if (count == 0) check.add(path, "Required value: must specify a handler type");
  if (count > 1) check.forbid(path, "may not specify more than 1 handler type");
  if (probe.exec) check_exec(*probe.exec, path + ".exec", check);
  if (probe.http_get) check_http_get(*probe.http_get, path + ".httpGet", check);
  if (probe.tcp_socket) check_tcp_socket(*probe.tcp_socket, path + ".tcpSocket", check);
  if (probe.grpc) check_number_of_port(probe.grpc->port, path + ".grpc.port", check);
}

void check_probe(const Probe& probe, const std::string& path, Checker& check) {
  check_handler(probe, path, check);
  const std::pair<const char*, int64_t> numbers[] = {{".initialDelaySeconds", probe.initial_delay},
                                                     {".timeoutSeconds", probe.timeout},
                                                     {".periodSeconds", probe.period},
                                                     {".successThreshold", probe.success_threshold},
                                                     {".failureThreshold", probe.failure_threshold}};
  for (const auto& [name, number] : numbers) {
    if (number < 0) check.add(path + name, cat("Invalid value: ", number, ": must be greater than or equal to 0"));
    if (number > INT32_MAX) check.add(path + name, cat("Invalid value: ", number, ": must be an int32"));
  }
  const auto& grace = probe.termination_grace_period;
  if (grace && (*grace <= 0 || *grace > INT32_MAX))
    check.add(path + ".terminationGracePeriodSeconds", cat("Invalid value: ", *grace, ": must be greater than 0"));
}

// A container that is restarted is so at once.
void check_single_success(const Probe& probe, const std::string& path, Checker& check) {
  if (probe.success_threshold != 1)
    check.add(path + ".successThreshold", cat("Invalid value: ", probe.success_threshold, ": must be 1"));
}

}  // namespace

void check_exec(const ExecAction& action, const std::string& path, Checker& check) {
  if (action.command.empty()) check.add(path + ".command", "Required value");
}

void check_http_get(const HttpGetAction& action, const std::string& path, Checker& check) {
  check.require(path + ".path", action.path);
  check_port(action.port, path + ".port", check);
  for (const HttpHeader& header : action.headers)
    if (!is_header_name(header.name))
      check.invalid(path + ".httpHeaders", header.name,
                    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex "
                    "used for validation is '[-A-Za-z0-9]+')");
}

void check_tcp_socket(const TcpSocketAction& action, const std::string& path, Checker& check) {
  check_port(action.port, path + ".port", check);
}

void check_probes(const PodSpec& spec, const Container& container, const std::string& path, Checker& check) {
  const std::pair<const char*, const std::optional<Probe>*> probes[] = {{".livenessProbe", &container.liveness_probe},
                                                                        {".readinessProbe", &container.readiness_probe},
                                                                        {".startupProbe", &container.startup_probe}};
  for (const auto& [name, probe] : probes) {
    if (!*probe) continue;
    const std::string here = path + name;
    if (role_of(spec, container) == Role::step)
      check.forbid(here, "may not be set for init containers without restartPolicy=Always");
    check_probe(**probe, here, check);
    if (probe != &container.readiness_probe)
      check_single_success(**probe, here, check);
    else if ((*probe)->termination_grace_period)
      check.add(here + ".terminationGracePeriodSeconds",
                cat("Invalid value: ", *(*probe)->termination_grace_period, ": must not be set for readinessProbes"));
  }
}

}  // namespace kube
