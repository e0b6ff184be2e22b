#include "runtime/kube/probes/http_message.h"

#include <doctest/doctest.h>

#include "base/text.h"
#include "runtime/kube/probes/handler.h"

namespace {

using kube::AnswerReader;
using State = kube::AnswerReader::State;

const kube::Url kUrl{.scheme = "http", .endpoint = {"10.0.0.1", 8080}, .target = "/a/b?c"};

std::string url_of(std::string path, std::string scheme = "HTTP") {
  return kube::print_url(kube::make_url({.path = std::move(path), .scheme = std::move(scheme)}, kUrl.endpoint));
}

std::string location(std::string_view text) {
  const auto url = kube::parse_location(text, kUrl);
  return url ? kube::print_url(*url) : "none";
}

// The state after each byte came by itself.
State read_slowly(AnswerReader& reader, std::string_view text) {
  State state = State::more;
  for (size_t i = 0; i < text.size() && state == State::more; i++) state = reader.add(text.substr(i, 1));
  return state;
}

}  // namespace

TEST_CASE("a path becomes a URL with a slash in front, escaped, without a fragment") {
  CHECK(url_of("/healthz") == "http://10.0.0.1:8080/healthz");
  CHECK(url_of("healthz?full=1", "HTTPS") == "https://10.0.0.1:8080/healthz?full=1");
  CHECK(url_of("") == "http://10.0.0.1:8080/");
  CHECK(url_of("/a b\r\nX: y#part") == "http://10.0.0.1:8080/a%20b%0D%0AX:%20y");
  CHECK(kube::print_endpoint({"::1", 80}) == "[::1]:80");
}

TEST_CASE("a Location is absolute, of the same scheme, of the same host, or relative") {
  CHECK(location("https://other/x") == "https://other:443/x");
  CHECK(location("http://[::1]:81") == "http://[::1]:81/");
  CHECK(location("//other:99/x") == "http://other:99/x");
  CHECK(location("/x?y") == "http://10.0.0.1:8080/x?y");
  CHECK(location("x") == "http://10.0.0.1:8080/a/x");
  CHECK(location("?d") == "http://10.0.0.1:8080/a/b?d");
  CHECK(location("ftp://other/x") == "none");
  CHECK(location("http://host:port/") == "none");
}

TEST_CASE("User-Agent and Accept are sent unless they are given; given as empty they are left out") {
  CHECK(kube::print_request(kUrl, {}, "kube-probe/1.36") ==
        "GET /a/b?c HTTP/1.1\r\nHost: 10.0.0.1:8080\r\nUser-Agent: kube-probe/1.36\r\nAccept: */*\r\n"
        "Connection: close\r\n\r\n");
  const std::string given = kube::print_request(
      kUrl, {{"host", "web.local"}, {"User-Agent", ""}, {"accept", "application/json"}, {"X", "1"}, {"X", "2"}},
      "agent");
  CHECK(given ==
        "GET /a/b?c HTTP/1.1\r\nHost: web.local\r\nAccept: application/json\r\nX: 1\r\nX: 2\r\nConnection: "
        "close\r\n\r\n");
}

TEST_CASE("a header's value cannot begin another line") {
  CHECK(kube::print_request(kUrl, {{"X", "a\r\nY: b"}}, "").find("\r\nX: a  Y: b\r\n") != std::string::npos);
}

TEST_CASE("an answer ends where its length says, with its last chunk, or with the connection") {
  AnswerReader counted;
  CHECK(read_slowly(counted, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") == State::done);
  CHECK(counted.status() == 200);
  CHECK(counted.body() == "ok");

  AnswerReader chunked;
  CHECK(read_slowly(chunked, "HTTP/1.1 500 no\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n") ==
        State::done);
  CHECK(chunked.status() == 500);
  CHECK(chunked.body() == "abcde");

  AnswerReader open;
  CHECK(read_slowly(open, "HTTP/1.0 302 Found\nLocation: /there\n\nbody") == State::more);
  CHECK(open.end() == State::done);
  CHECK(open.location() == "/there");
  CHECK(open.body() == "body");

  AnswerReader without_body;
  CHECK(read_slowly(without_body, "HTTP/1.1 204 No Content\r\n\r\n") == State::done);
}

TEST_CASE("an interim answer is passed over") {
  AnswerReader reader;
  CHECK(reader.add("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") ==
        State::done);
  CHECK(reader.status() == 200);
  AnswerReader other;
  CHECK(other.add("HTTP/1.1 103 Early Hints\r\nContent-Length: 0\r\nLocation: /x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nall") ==
        State::more);
  CHECK((other.location().empty() && other.body() == "all"));
}

TEST_CASE("no more than 10 KiB of a body are kept") {
  AnswerReader counted, chunked;
  CHECK(counted.add("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + std::string(kube::kMostAnswer + 5, 'x')) ==
        State::done);
  CHECK(counted.body().size() == kube::kMostAnswer);
  CHECK(chunked.add("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffff\r\n" +
                    std::string(kube::kMostAnswer + 5, 'x')) == State::done);
  CHECK(chunked.body().size() == kube::kMostAnswer);
}

TEST_CASE("what is no answer is malformed") {
  for (const char* text : {"SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 2x0 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    AnswerReader reader;
    CHECK(reader.add(text) == State::malformed);
  }
  AnswerReader endless, cut;
  CHECK(endless.add(std::string(100'000, 'x')) == State::malformed);
  CHECK(cut.add("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab") == State::more);
  CHECK(cut.end() == State::malformed);
}
