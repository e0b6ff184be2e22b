// postStart, preStop and stopSignal: how they are read and checked.
#include <doctest/doctest.h>

#include "tests/unit/kube/pods.h"

using namespace kube;

namespace {

Result<std::vector<Pod>> with_lifecycle(const std::string& lifecycle, const std::string& more = "") {
  return read_manifest(
      "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
      "  - {name: web, image: x, lifecycle: {" +
          lifecycle + "}}\n" + more,
      {.file = "f"});
}

std::string lifecycle_problem(const std::string& lifecycle, const std::string& more = "") {
  const auto pods = with_lifecycle(lifecycle, more);
  if (pods) return "";
  const std::string text = pods.error().text();
  return text.substr(text.find("spec."));
}

}  // namespace

TEST_CASE("lifecycle: handlers are read, ports by number or name") {
  const auto pods = with_lifecycle(
      "postStart: {exec: {command: [sh, -c, x]}}, preStop: {httpGet: {port: web, httpHeaders: [{name: A, value: b}]}}");
  REQUIRE(pods);
  const Lifecycle& lifecycle = *(*pods)[0].spec.containers[0].lifecycle;
  CHECK(lifecycle.post_start->exec->command.size() == 3);
  const HttpGetAction& http = *lifecycle.pre_stop->http_get;
  CHECK(http.port.name == "web");
  CHECK(http.path == "/");
  CHECK(http.scheme == "HTTP");
  CHECK(http.headers[0].value == "b");
  const auto numbered = with_lifecycle("preStop: {httpGet: {port: 80, path: /x}}");
  REQUIRE(numbered);
  CHECK((*numbered)[0].spec.containers[0].lifecycle->pre_stop->http_get->port.number == 80);
}

TEST_CASE("lifecycle: one handler, and a whole one") {
  const std::string here = "spec.containers[0].lifecycle.preStop";
  CHECK(lifecycle_problem("preStop: {}") == here + ": Required value: must specify a handler type");
  CHECK(lifecycle_problem("preStop: {exec: {command: [x]}, sleep: {seconds: 1}}") ==
        here + ": Forbidden: may not specify more than 1 handler type");
  CHECK(lifecycle_problem("preStop: {exec: {}}") == here + ".exec.command: Required value");
  CHECK(lifecycle_problem("preStop: {httpGet: {port: 0}}") ==
        here + ".httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive");
  CHECK(lifecycle_problem("preStop: {httpGet: {port: 80, scheme: HTTPS}}") == "");
  CHECK(
      lifecycle_problem("preStop: {httpGet: {port: 80, httpHeaders: [{name: 'a b', value: c}]}}").find("HTTP header") !=
      std::string::npos);
  CHECK(lifecycle_problem("preStop: {sleep: {seconds: 31}}") ==
        here + ".sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)");
  CHECK(lifecycle_problem("preStop: {sleep: {seconds: 31}}", "  terminationGracePeriodSeconds: 31\n") == "");
  CHECK(lifecycle_problem("preStop: {tcpSocket: {port: 80}}") == "");
}

TEST_CASE("lifecycle: a step of the initialization has none, a sidecar may") {
  const auto problem = [](const char* policy) {
    return lifecycle_problem("postStart: {sleep: {seconds: 1}}",
                             std::string("  initContainers:\n  - {name: a, image: x, ") + policy +
                                 "lifecycle: {preStop: {sleep: {seconds: 1}}}}\n");
  };
  CHECK(problem("") ==
        "spec.initContainers[0].lifecycle: Forbidden: may not be set for init containers without restartPolicy=Always");
  CHECK(problem("restartPolicy: Always, ") == "");
}

TEST_CASE("lifecycle: a stop signal has a name, and needs the name of the system") {
  const std::string linux_pod = "  os: {name: linux}\n";
  CHECK(lifecycle_problem("stopSignal: SIGUSR1", linux_pod) == "");
  CHECK(lifecycle_problem("stopSignal: SIGUSR1") ==
        "spec.containers[0].lifecycle.stopSignal: Forbidden: may not be set "
        "for containers with empty `spec.os.name`");
  for (const char* wrong : {"USR1", "'15'", "SIGNOSUCH"})
    CHECK(lifecycle_problem(std::string("stopSignal: ") + wrong, linux_pod).find("Unsupported value") !=
          std::string::npos);
}
