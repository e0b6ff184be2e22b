// livenessProbe, readinessProbe and startupProbe: how they are read, filled in, checked and described.
#include <doctest/doctest.h>

#include "tests/unit/kube/pods.h"

using namespace kube;

namespace {

Result<std::vector<Pod>> with_probe(const std::string& probe) {
  return read_manifest(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
      "  - {name: web, image: x, " +
          probe + "}\n",
      {.file = "f"});
}

std::string probe_problem(const std::string& probe) {
  const auto pods = with_probe(probe);
  if (pods) return "";
  const std::string text = pods.error().text();
  return text.substr(std::min(text.find("spec."), text.size()));
}

std::string described(const std::string& probe) {
  const auto pods = with_probe("livenessProbe: " + probe);
  return pods ? describe_probe(*(*pods)[0].spec.containers[0].liveness_probe) : pods.error().text();
}

const std::string kLiveness = "spec.containers[0].livenessProbe";

}  // namespace

TEST_CASE("probes: what is not given has the API's default, and 0 is not given") {
  const auto pods = with_probe("livenessProbe: {httpGet: {port: 80}, periodSeconds: 0}");
  REQUIRE(pods);
  const Probe& probe = *(*pods)[0].spec.containers[0].liveness_probe;
  CHECK(probe.initial_delay == 0);
  CHECK(probe.timeout == 1);
  CHECK(probe.period == 10);
  CHECK(probe.success_threshold == 1);
  CHECK(probe.failure_threshold == 3);
  CHECK(probe.http_get->path == "/");
  CHECK(probe.http_get->scheme == "HTTP");
}

TEST_CASE("probes: described as kubectl does") {
  CHECK(described("{httpGet: {path: /healthz, port: 8080}, initialDelaySeconds: 3, periodSeconds: 3}") ==
        "http-get http://:8080/healthz delay=3s timeout=1s period=3s #success=1 #failure=3");
  CHECK(described("{httpGet: {path: x, port: web, host: 127.0.0.1}}").starts_with("http-get http://127.0.0.1:web/x "));
  CHECK(described("{exec: {command: [cat, /tmp/healthy]}, timeoutSeconds: 2}") ==
        "exec [cat /tmp/healthy] delay=0s timeout=2s period=10s #success=1 #failure=3");
  CHECK(described("{tcpSocket: {port: 8080}}").starts_with("tcp-socket :8080 delay="));
  CHECK(described("{grpc: {port: 2379, service: live}}").starts_with("grpc <pod>:2379 live delay="));
}

TEST_CASE("probes: one handler, and a whole one") {
  CHECK(probe_problem("livenessProbe: {periodSeconds: 3}") ==
        kLiveness + ": Required value: must specify a handler type");
  CHECK(probe_problem("livenessProbe: {exec: {command: [x]}, grpc: {port: 1}}") ==
        kLiveness + ": Forbidden: may not specify more than 1 handler type");
  CHECK(probe_problem("livenessProbe: {exec: {}}") == kLiveness + ".exec.command: Required value");
  CHECK(probe_problem("livenessProbe: {tcpSocket: {port: 65536}}") ==
        kLiveness + ".tcpSocket.port: Invalid value: 65536: must be between 1 and 65535, inclusive");
  CHECK(probe_problem("livenessProbe: {grpc: {port: 0}}") ==
        kLiveness + ".grpc.port: Invalid value: 0: must be between 1 and 65535, inclusive");
  CHECK_FALSE(with_probe("livenessProbe: {grpc: {port: web}}"));
}

TEST_CASE("probes: numbers are not negative, and one success is enough for who restarts") {
  CHECK(probe_problem("livenessProbe: {tcpSocket: {port: 1}, initialDelaySeconds: -1}") ==
        kLiveness + ".initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0");
  CHECK(probe_problem("livenessProbe: {tcpSocket: {port: 1}, successThreshold: 2}") ==
        kLiveness + ".successThreshold: Invalid value: 2: must be 1");
  CHECK(probe_problem("startupProbe: {tcpSocket: {port: 1}, successThreshold: 2}") ==
        "spec.containers[0].startupProbe.successThreshold: Invalid value: 2: must be 1");
  CHECK(probe_problem("readinessProbe: {tcpSocket: {port: 1}, successThreshold: 2}") == "");
}

TEST_CASE("probes: a grace period of their own, but not for readiness") {
  CHECK(probe_problem("livenessProbe: {tcpSocket: {port: 1}, terminationGracePeriodSeconds: 60}") == "");
  CHECK(probe_problem("livenessProbe: {tcpSocket: {port: 1}, terminationGracePeriodSeconds: 0}") ==
        kLiveness + ".terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0");
  CHECK(probe_problem("readinessProbe: {tcpSocket: {port: 1}, terminationGracePeriodSeconds: 60}") ==
        "spec.containers[0].readinessProbe.terminationGracePeriodSeconds: Invalid value: 60: must not be set for "
        "readinessProbes");
}

TEST_CASE("probes: an init container has none, unless it is a sidecar") {
  const auto with_init = [](const std::string& more) {
    return read_manifest(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: web, image: x}]\n"
        "  initContainers: [{name: i, image: x, startupProbe: {tcpSocket: {port: 1}}" +
            more + "}]\n",
        {.file = "f"});
  };
  CHECK(with_init(", restartPolicy: Always"));
  const auto refused = with_init("");
  REQUIRE_FALSE(refused);
  CHECK(
      refused.error().text().find("spec.initContainers[0].startupProbe: Forbidden: may not be set for init containers "
                                  "without restartPolicy=Always") != std::string::npos);
}
