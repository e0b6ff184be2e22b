#include "runtime/shim/binary/bootstrap.h"

#include <doctest/doctest.h>

#include "runtime/shim/wire/bootstrap.h"
#include "runtime/shim/wire/message.h"
#include "runtime/shim/wire/options.h"

using namespace shim;
using namespace std::string_literals;

namespace {

const wire::Any kOptions = {"containerd.runc.v1.Options", "\x48\x01"};

wire::BootstrapParams params() {
  return {.instance_id = "web",
          .ns = "k8s.io",
          .containerd_ttrpc_address = "/run/containerd/containerd.sock.ttrpc",
          .extensions = {{wire::Any{"example.Other", "?"}}, {kOptions}, {wire::Any{"example.Another", "?"}}, {}}};
}

}  // namespace

TEST_CASE("bootstrap: nothing, as of ctr without options") {
  const auto input = read_start_input("", "k8s.io", "web");
  REQUIRE(input);
  CHECK_FALSE(input->is_bootstrap);
  CHECK_FALSE(input->debug);
  CHECK(input->options.type_url.empty());
  CHECK(start_reply(*input, "unix:///run/s/x") == "unix:///run/s/x");
}

TEST_CASE("bootstrap: an Any of options, as of containerd before 2.3") {
  const auto input = read_start_input(wire::encode(kOptions), "k8s.io", "web");
  REQUIRE(input);
  CHECK_FALSE(input->is_bootstrap);
  CHECK(input->options.type_url == kOptions.type_url);
  CHECK(input->options.value == kOptions.value);
  CHECK(start_reply(*input, "unix:///run/s/x") == "unix:///run/s/x");
}

TEST_CASE("bootstrap: parameters of containerd 2.3: the options are the extension of their type") {
  const auto input = read_start_input(wire::encode(params()), "k8s.io", "web");
  REQUIRE(input);
  CHECK(input->is_bootstrap);
  CHECK_FALSE(input->debug);
  CHECK(input->ttrpc_address == "/run/containerd/containerd.sock.ttrpc");
  CHECK(input->socket_dir.empty());
  CHECK(input->options.type_url == kOptions.type_url);
  CHECK(input->options.value == kOptions.value);
}

TEST_CASE("bootstrap: the log's level and the socket's directory") {
  auto given = params();
  given.socket_dir = "/run/user/1000/s";
  for (const auto level : {wire::LogLevel::debug, wire::LogLevel::trace}) {
    given.log_level = level;
    CHECK(read_start_input(wire::encode(given), "k8s.io", "web")->debug);
  }
  given.log_level = wire::LogLevel::warn;
  CHECK_FALSE(read_start_input(wire::encode(given), "k8s.io", "web")->debug);
  CHECK(read_start_input(wire::encode(given), "k8s.io", "web")->socket_dir == "/run/user/1000/s");
}

TEST_CASE("bootstrap: the answer is version, address and protocol, and neither begins nor ends with white space") {
  StartInput input;
  input.is_bootstrap = true;
  CHECK(start_reply(input, "unix:///run/s/x") == "\x08\x03\x12\x0funix:///run/s/x\x1a\x05ttrpc"s);
}

TEST_CASE("bootstrap: parameters for another container are no parameters for this one") {
  const auto bytes = wire::encode(params());
  for (const auto& [ns, id] : {std::pair{"k8s.io", "db"}, {"default", "web"}}) {
    const auto input = read_start_input(bytes, ns, id);
    CHECK((!input || !input->is_bootstrap));
  }
}

TEST_CASE("bootstrap: bytes that are neither are refused") {
  for (const auto& bytes : {"\xff\xff\xff"s, "\x0a\x05web"s, "start\n"s}) {
    const auto input = read_start_input(bytes, "k8s.io", "web");
    REQUIRE_FALSE(input);
    CHECK(input.error().text().starts_with(
        "standard input: neither bootstrap parameters nor options: malformed message"));
  }
}
