#include "runtime/kube/verbs/fetch.h"

#include <doctest/doctest.h>

namespace {

std::string url_error(const char* url) {
  const auto parsed = kube::parse_http_url(url);
  return parsed ? "" : parsed.error().message;
}

std::string answer_error(const char* answer) {
  const auto body = kube::parse_http_answer(answer);
  return body ? "" : body.error().message;
}

}  // namespace

TEST_CASE("fetch: a URL has a host, a port and a path") {
  const auto plain = kube::parse_http_url("http://example.org");
  REQUIRE(plain);
  CHECK(plain->host == "example.org");
  CHECK(plain->port == "80");
  CHECK(plain->path == "/");
  const auto full = kube::parse_http_url("http://[::1]:8080/a/b?c=d");
  REQUIRE(full);
  CHECK(full->host == "::1");
  CHECK(full->port == "8080");
  CHECK(full->path == "/a/b?c=d");
  CHECK(kube::parse_http_url("http://[::1]/")->port == "80");
}

TEST_CASE("fetch: what is no plain URL is refused, and nothing can be smuggled into the request") {
  CHECK(url_error("https://example.org/").find("https is not supported yet") != std::string::npos);
  for (const char* url : {"ftp://x/", "http://", "http:///path", "http://x:port/", "http://x:70000/", "http://me@x/",
                          "http://x/a b", "http://x/\r\nHost: y", "x"})
    CHECK_MESSAGE(!url_error(url).empty(), url);
}

TEST_CASE("fetch: an answer is whole, good and not empty") {
  CHECK(kube::parse_http_answer("HTTP/1.0 200 OK\r\nServer: x\r\n\r\nbody") == "body");
  CHECK(kube::parse_http_answer("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody") == "body");
  CHECK(answer_error("HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 5\r\n\r\nbody") == "the answer is cut short");
  CHECK(answer_error("HTTP/1.0 404 Not Found\r\n\r\nno") == "the server says: 404 Not Found");
  CHECK(answer_error("HTTP/1.0 200 OK\r\n\r\n") == "zero-length data received");
  CHECK(answer_error("HTTP/1.0 200 OK\r\n") == "the server does not speak HTTP/1");
  CHECK(answer_error("220 ready") == "the server does not speak HTTP/1");
}
