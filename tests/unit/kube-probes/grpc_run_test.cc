// The health protocol against a server that speaks HTTP/2 in prepared frames: enough for one request.
#include <doctest/doctest.h>

#include "base/text.h"
#include "tests/unit/kube-probes/server.h"

using namespace std::string_literals;

namespace {

using Outcome = kube::HandlerResult::Outcome;

// RFC 9113, section 4.1: length, type, flags, stream.
std::string frame(uint8_t type, uint8_t flags, uint8_t stream, const std::string& payload) {
  std::string head(9, '\0');
  head[1] = static_cast<char>(payload.size() >> 8);
  head[2] = static_cast<char>(payload.size());
  head[3] = static_cast<char>(type);
  head[4] = static_cast<char>(flags);
  head[8] = static_cast<char>(stream);
  return head + payload;
}

constexpr uint8_t kData = 0, kHeaders = 1, kSettings = 4, kEndStream = 1, kEndHeaders = 4;

// A header field that is not indexed, without Huffman (RFC 7541, section 6.2.2).
std::string field(const std::string& name, const std::string& value) {
  return cat('\0', static_cast<char>(name.size()), name, static_cast<char>(value.size()), value);
}

const std::string kOk = "\x88";  // :status 200, of the static table

std::string reply(const std::string& message, const std::string& trailers) {
  return frame(kSettings, 0, 0, "") + frame(kHeaders, kEndHeaders, 1, kOk) + frame(kData, 0, 1, message) +
         frame(kHeaders, kEndHeaders | kEndStream, 1, trailers);
}

// Answers once the request is whole: its message stands at the end.
Answering health(const std::string& service, std::string text) {
  return [service, text = std::move(text)](const std::string& said) { return said.ends_with(service) ? text : ""; };
}

}  // namespace

TEST_CASE("grpc: SERVING is a success") {
  Loop loop = *Loop::create();
  Server server(loop, health("live", reply("\0\0\0\0\x02\x08\x01"s, field("grpc-status", "0"))), false);
  const auto result = ask(loop, kube::GrpcAction{server.port, "live"});
  CHECK(result.message == "service healthy");
  CHECK(result.outcome == Outcome::success);
  CHECK(server.said[0].starts_with("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
}

TEST_CASE("grpc: any other state is a failure") {
  Loop loop = *Loop::create();
  Server server(loop, health("live", reply("\0\0\0\0\x02\x08\x02"s, field("grpc-status", "0"))), false);
  const auto result = ask(loop, kube::GrpcAction{server.port, "live"});
  CHECK(result.outcome == Outcome::failure);
  CHECK(result.message == "service unhealthy (responded with \"NOT_SERVING\")");
}

TEST_CASE("grpc: a server without the protocol, or one that does not know the service, has failed") {
  Loop loop = *Loop::create();
  const auto refuse = [](const std::string& code, const std::string& message) {
    return frame(kSettings, 0, 0, "") + frame(kHeaders, kEndHeaders | kEndStream, 1,
                                              kOk + field("grpc-status", code) + field("grpc-message", message));
  };
  Server without(loop, health("live", refuse("12", "unknown service")), false);
  CHECK(ask(loop, kube::GrpcAction{without.port, "live"}).message ==
        "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): unknown service");
  Server unknown(loop, health("live", refuse("5", "no%20live")), false);
  CHECK(ask(loop, kube::GrpcAction{unknown.port, "live"}).message ==
        "error: health rpc probe failed: rpc error: code = NotFound desc = no live");
}

TEST_CASE("grpc: who does not listen, answer in time, or speak HTTP/2, has failed") {
  Loop loop = *Loop::create();
  const uint16_t closed = closed_port();
  CHECK(ask(loop, kube::GrpcAction{closed, ""}).message ==
        cat("error: failed to connect service at \"127.0.0.1:", closed,
            "\": connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:", closed,
            ": connect: connection refused\""));
  Server silent(loop, [](const std::string&) { return ""; });
  CHECK(ask(loop, kube::GrpcAction{silent.port, ""}, 50).message == "timeout: health rpc did not complete within 50ms");
  Server other(loop, [](const std::string&) { return "HTTP/1.1 400 Bad Request\r\n\r\n"; });
  CHECK(ask(loop, kube::GrpcAction{other.port, ""}).message.starts_with("error: health rpc probe failed: "));
}
