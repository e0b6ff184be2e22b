#include "runtime/kube/verbs/fetch.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "base/file.h"
#include "base/loop.h"
#include "base/text.h"

namespace kube {
namespace {

constexpr time_t kPatience = 10;  // seconds
constexpr size_t kMostHeaders = 64 << 10;

Result<Fd> connect_to(const addrinfo& address) {
  Fd socket(::socket(address.ai_family, address.ai_socktype | SOCK_CLOEXEC, address.ai_protocol));
  if (!socket.is_open()) return fail_errno(errno, "make a socket");
  // SO_SNDTIMEO holds for connect(2) too.
  const timeval patience{.tv_sec = kPatience, .tv_usec = 0};
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(socket.get(), address.ai_addr, address.ai_addrlen) < 0)
    return fail_errno(errno == EINPROGRESS ? ETIMEDOUT : errno, "connect");
  return socket;
}

// The first of the host's addresses that answers.
Result<Fd> connect_to(const HttpUrl& url) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int problem = getaddrinfo(url.host.c_str(), url.port.c_str(), &hints, &found);
  if (problem != 0) return fail(cat("look up ", quoted(url.host), ": ", gai_strerror(problem)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, freeaddrinfo);
  Result<Fd> socket = fail(cat("look up ", quoted(url.host), ": no address"));
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next)
    if (socket = connect_to(*one); socket) break;
  return socket;
}

// "Content-Length: 12" among the headers; -1: none.
int64_t content_length(std::string_view headers) {
  for (const std::string& line : split(headers, '\n')) {
    const size_t colon = line.find(':');
    if (colon == line.npos) continue;
    if (lower_case(line.substr(0, colon)) == "content-length")
      return parse_number<int64_t>(trimmed(line.substr(colon + 1))).value_or(-1);
  }
  return -1;
}

// All that the server sends, which must not take for ever, however slowly it comes.
Result<std::string> read_answer(int socket, size_t limit) {
  const int64_t deadline = monotonic_ms() + kPatience * 1000;
  std::string answer, piece(16 << 10, '\0');
  while (true) {
    const ssize_t got = recv(socket, piece.data(), piece.size(), 0);
    if (got < 0) return fail_errno(errno == EAGAIN ? ETIMEDOUT : errno, "read the answer");
    if (got == 0) return answer;
    answer.append(piece, 0, static_cast<size_t>(got));
    if (answer.size() > limit) return fail_errno(EFBIG, "read the answer");
    if (monotonic_ms() > deadline) return fail_errno(ETIMEDOUT, "read the answer");
  }
}

}  // namespace

Result<HttpUrl> parse_http_url(std::string_view url) {
  constexpr std::string_view kHttp = "http://";
  if (url.starts_with("https://"))
    return fail(cat(quoted(url), ": https is not supported yet by this version"), "serve it by http on this machine");
  if (!url.starts_with(kHttp)) return fail(cat(quoted(url), " is no URL with http://"));
  std::string_view rest = url.substr(kHttp.size());
  HttpUrl out{.port = "80", .path = "/"};
  if (const size_t slash = rest.find('/'); slash != rest.npos) {
    out.path = rest.substr(slash);
    rest = rest.substr(0, slash);
  }
  const size_t bracket = rest.rfind(']'), colon = rest.rfind(':');
  const bool has_port = colon != rest.npos && (bracket == rest.npos || colon > bracket);
  if (has_port) out.port = rest.substr(colon + 1);
  out.host = has_port ? rest.substr(0, colon) : rest;
  if (out.host.starts_with('[') && out.host.ends_with(']')) out.host = out.host.substr(1, out.host.size() - 2);
  // Nothing of it may become a second line of the request.
  const bool is_clean = std::ranges::all_of(url, [](char c) { return c > ' ' && c < '\x7f'; });
  if (out.host.empty() || out.host.find('@') != out.host.npos || !parse_number<uint16_t>(out.port) || !is_clean)
    return fail(cat(quoted(url), " is no URL: http://HOST[:PORT]/PATH"));
  return out;
}

Result<std::string> parse_http_answer(std::string_view answer) {
  const size_t end = answer.find("\r\n\r\n");
  if (!answer.starts_with("HTTP/1.") || end == answer.npos) return fail("the server does not speak HTTP/1");
  const std::string_view headers = answer.substr(0, end);
  const std::string_view status = headers.substr(0, headers.find("\r\n"));
  const size_t space = status.find(' ');
  const std::string_view reason = space == status.npos ? "" : status.substr(space + 1);
  if (!reason.starts_with("200")) return fail(cat("the server says: ", visible(reason)));
  const std::string_view body = answer.substr(end + 4);
  const int64_t length = content_length(headers);
  if (length >= 0 && body.size() < static_cast<size_t>(length)) return fail("the answer is cut short");
  if (body.empty()) return fail("zero-length data received");
  return std::string(length < 0 ? body : body.substr(0, static_cast<size_t>(length)));
}

Result<std::string> fetch_http(const HttpUrl& url, size_t limit) {
  const Fd socket = TRY(connect_to(url));
  const std::string host = url.host.find(':') == url.host.npos ? url.host : cat("[", url.host, "]");
  // HTTP/1.0: the answer comes in one piece, and the connection's end is its own.
  TRY(write_all(socket.get(), cat("GET ", url.path, " HTTP/1.0\r\nHost: ", host, ":", url.port,
                                  "\r\nUser-Agent: nacelle\r\nAccept: */*\r\nConnection: close\r\n\r\n")));
  return parse_http_answer(TRY(read_answer(socket.get(), limit + kMostHeaders)));
}

}  // namespace kube
