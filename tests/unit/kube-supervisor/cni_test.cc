#include "runtime/kube/network/cni_config.h"

#include <doctest/doctest.h>

namespace {

constexpr const char* kList =
    R"({"cniVersion": "1.0.0", "name": "pods", "plugins": [
        {"type": "bridge", "isGateway": true, "ipam": {"type": "host-local"}},
        {"type": "portmap", "capabilities": {"portMappings": true}, "snat": false}]})";

std::string problem_of(std::string_view text) {
  const auto network = kube::parse_cni_network(text, "f");
  return network ? "" : network.error().text();
}

}  // namespace

TEST_CASE("a list of plugins has a name, a version and plugins, some of which map ports") {
  const auto network = kube::parse_cni_network(kList, "f");
  REQUIRE(network);
  CHECK(network->name == "pods");
  CHECK(network->version == "1.0.0");
  REQUIRE(network->plugins.size() == 2);
  CHECK(network->plugins[0].type == "bridge");
  CHECK_FALSE(network->plugins[0].maps_ports);
  CHECK(network->plugins[1].maps_ports);
}

TEST_CASE("a single plugin is a list of one") {
  const auto network = kube::parse_cni_network(R"({"cniVersion": "0.4.0", "name": "one", "type": "ptp"})", "f");
  REQUIRE(network);
  CHECK(network->plugins.size() == 1);
  CHECK(kube::print_cni_request(*network, network->plugins[0], {}, nullptr) ==
        R"({"cniVersion":"0.4.0","name":"one","type":"ptp"})");
}

TEST_CASE("a plugin gets its own configuration, the ports that it maps, and the result before it") {
  const auto network = kube::parse_cni_network(kList, "f");
  REQUIRE(network);
  const std::vector<kube::ContainerPort> ports = {
      {.host_port = 8080, .container_port = 80, .protocol = "TCP", .host_ip = "127.0.0.1"}};
  CHECK(kube::print_cni_request(*network, network->plugins[0], ports, nullptr) ==
        R"({"cniVersion":"1.0.0","name":"pods","type":"bridge","isGateway":true,"ipam":{"type":"host-local"}})");
  const auto before = kube::parse_cni_result(R"({"cniVersion": "1.0.0", "ips": [{"address": "10.0.0.2/24"}]})");
  REQUIRE(before);
  CHECK(kube::print_cni_request(*network, network->plugins[1], ports, &before->node) ==
        R"({"cniVersion":"1.0.0","name":"pods","type":"portmap","snat":false,"runtimeConfig":{"portMappings":[)"
        R"({"hostPort":8080,"containerPort":80,"protocol":"tcp","hostIP":"127.0.0.1"}]},)"
        R"("prevResult":{"cniVersion":"1.0.0","ips":[{"address":"10.0.0.2/24"}]}})");
}

TEST_CASE("a result has addresses, and may know who resolves names") {
  const auto result = kube::parse_cni_result(
      R"({"ips": [{"address": "10.0.0.2/24"}, {"address": "fd00::2/64"}],
          "dns": {"nameservers": ["10.0.0.1"], "search": ["a", "b"], "options": ["ndots:2"]}})");
  REQUIRE(result);
  CHECK(result->addresses == std::vector<std::string>{"10.0.0.2", "fd00::2"});
  CHECK(result->resolver == "nameserver 10.0.0.1\nsearch a b\noptions ndots:2\n");
  CHECK(kube::parse_cni_result("{}")->resolver == "");
  for (const char* address : {"", "pods", "10.0.0.2\\n10.0.0.3 evil", "10.0.0"})
    CHECK(!kube::parse_cni_result(std::string(R"({"ips": [{"address": ")") + address + R"("}]})"));
}

TEST_CASE("what is no network is named, with its file") {
  CHECK(problem_of("[]") == "f: an object is wanted");
  CHECK(problem_of(R"({"plugins": [{"type": "x"}]})") == "f: the network has no name");
  CHECK(problem_of(R"({"name": "x", "plugins": []})") == "f: no plugins");
  CHECK(problem_of(R"({"name": "x", "plugins": [{}]})") == "f: a plugin has no type");
  CHECK(problem_of(R"({"name": "x", "plugins": [{"type": "../../bin/sh"}]})") == "f: a plugin has no type");
  CHECK(problem_of("{").starts_with("f:1:"));
}

TEST_CASE("a plugin's error is its message and its details, or what else it wrote") {
  CHECK(kube::parse_cni_error(R"({"code": 7, "msg": "no way", "details": "today"})") == "no way; today");
  CHECK(kube::parse_cni_error(R"({"code": 7, "msg": "no way"})") == "no way");
  CHECK(kube::parse_cni_error("oops\n") == "oops\\x0a");
}
