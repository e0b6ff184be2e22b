// Handlers that speak to a port, against servers of this test.
#include <doctest/doctest.h>

#include "base/text.h"
#include "tests/unit/kube-probes/server.h"

namespace {

using Outcome = kube::HandlerResult::Outcome;

std::string answer(std::string_view status, std::string_view more = "") {
  return cat("HTTP/1.1 ", status, "\r\n", more, "Content-Length: 4\r\n\r\nbody");
}

Answering always(std::string text) {
  return [text = std::move(text)](const std::string&) { return text; };
}

kube::HttpGetAction get(uint16_t port, std::string path = "/healthz") {
  return {.path = std::move(path), .port = {port, ""}, .scheme = "HTTP"};
}

}  // namespace

TEST_CASE("httpGet: a status from 200 to 399 is a success, with the body as its message") {
  Loop loop = *Loop::create();
  Server server(loop, always(answer("200 OK")));
  const auto result = ask(loop, get(server.port));
  CHECK(result.outcome == Outcome::success);
  CHECK(result.message == "body");
  CHECK(server.said[0].starts_with(cat("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:", server.port,
                                       "\r\nUser-Agent: kube-probe/1.36\r\nAccept: */*\r\n")));
  Server odd(loop, always(answer("304 Not Modified")));
  CHECK(ask(loop, get(odd.port)).is_success());
}

TEST_CASE("httpGet: any other status is a failure") {
  Loop loop = *Loop::create();
  Server server(loop, always(answer("500 Internal Server Error")));
  const auto result = ask(loop, get(server.port));
  CHECK(result.outcome == Outcome::failure);
  CHECK(result.message == "HTTP probe failed with statuscode: 500");
}

TEST_CASE("httpGet: a redirect is followed on the same host, and is a warning to another") {
  Loop loop = *Loop::create();
  Server last(loop, always(answer("200 OK")));
  Server first(loop, always(answer("302 Found", cat("Location: http://127.0.0.1:", last.port, "/end\r\n"))));
  CHECK(ask(loop, get(first.port)).outcome == Outcome::success);
  CHECK(last.said[0].starts_with("GET /end "));
  Server away(loop, always(answer("302 Found", "Location: http://example.com/\r\n")));
  const auto result = ask(loop, get(away.port));
  CHECK(result.outcome == Outcome::warning);
  CHECK(result.message == "Probe terminated redirects, Response body: body");
}

TEST_CASE("httpGet: redirects are not followed for ever") {
  Loop loop = *Loop::create();
  Server server(loop, always(answer("302 Found", "Location: /again\r\n")));
  CHECK(ask(loop, get(server.port)).outcome == Outcome::warning);
  CHECK(server.said.size() == 11);
}

TEST_CASE("httpGet: who does not answer in time, not at all, or nonsense, has failed") {
  Loop loop = *Loop::create();
  Server silent(loop, always(""));
  CHECK(ask(loop, get(silent.port), 50).message ==
        cat("Get \"http://127.0.0.1:", silent.port,
            "/healthz\": context deadline exceeded (Client.Timeout exceeded while awaiting headers)"));
  Server slow(loop, always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), false);
  CHECK(ask(loop, get(slow.port), 50).message.ends_with("(Client.Timeout exceeded while reading body)"));
  Server short_one(loop, always("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));
  CHECK(ask(loop, get(short_one.port)).message.ends_with(": unexpected EOF"));
  Server other(loop, always("220 mail ready\r\n\r\n"));
  CHECK(ask(loop, get(other.port)).message.ends_with("malformed HTTP response \"220 mail ready\""));
  const uint16_t closed = closed_port();
  CHECK(ask(loop, get(closed)).message == cat("Get \"http://127.0.0.1:", closed, "/healthz\": dial tcp 127.0.0.1:",
                                              closed, ": connect: connection refused"));
}

TEST_CASE("a port may be named as the container's ports are") {
  Loop loop = *Loop::create();
  Server server(loop, always(answer("200 OK")));
  kube::Container container;
  container.ports = {{.name = "web", .container_port = server.port}};
  CHECK(ask(loop, kube::HttpGetAction{.path = "/", .port = {0, "web"}}, 1000, container).is_success());
  const auto result = ask(loop, kube::TcpSocketAction{.port = {0, "other"}}, 1000, container);
  CHECK(result.outcome == Outcome::unknown);
  CHECK(result.message == "couldn't find port: other in container");
}

TEST_CASE("tcpSocket: a connection is enough") {
  Loop loop = *Loop::create();
  Server server(loop, always(""));
  CHECK(ask(loop, kube::TcpSocketAction{.port = {server.port, ""}}).is_success());
  CHECK(ask(loop, kube::TcpSocketAction{.port = {server.port, ""}, .host = "localhost"}).is_success());
  const uint16_t closed = closed_port();
  const auto result = ask(loop, kube::TcpSocketAction{.port = {closed, ""}});
  CHECK(result.outcome == Outcome::failure);
  CHECK(result.message == cat("dial tcp 127.0.0.1:", closed, ": connect: connection refused"));
  CHECK(ask(loop, kube::TcpSocketAction{.port = {1, ""}, .host = "a name"}).message ==
        "dial tcp: lookup a name: no such host");
}

TEST_CASE("a handler that is given up says nothing any more") {
  Loop loop = *Loop::create();
  Server server(loop, always(answer("200 OK")));
  kube::HandlerTarget target;
  const kube::Container container;
  target.container = &container;
  target.address = "127.0.0.1";
  bool is_called = false, is_over = false;
  auto run = kube::run_handler(loop, target, get(server.port), 30, [&](const auto&) { is_called = true; });
  REQUIRE(loop.turn());
  run.reset();
  loop.after(60, [&] { is_over = true; });
  while (!is_over) REQUIRE(loop.turn());
  CHECK_FALSE(is_called);
}
