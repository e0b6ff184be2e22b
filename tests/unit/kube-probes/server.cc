#include "tests/unit/kube-probes/server.h"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

namespace {

Fd listen_at_any_port(uint16_t& port) {
  Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{.sin_family = AF_INET, .sin_port = 0, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  socklen_t size = sizeof address;
  REQUIRE(bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(listen(fd.get(), 8) == 0);
  REQUIRE(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

Server::Server(Loop& loop, Answering answer, bool closes)
    : loop_(loop), answer_(std::move(answer)), closes_(closes), listening_(listen_at_any_port(port)) {
  REQUIRE(loop_.watch(listening_.get(), [this] { accept_client(); }));
}

Server::~Server() {
  loop_.forget(listening_.get());
  for (const auto& [fd, client] : clients_) loop_.forget(fd);
}

void Server::accept_client() {
  const int fd = accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC);
  REQUIRE(fd >= 0);
  clients_[fd].reset(fd);
  said.emplace_back();
  const size_t index = said.size() - 1;
  REQUIRE(loop_.watch(fd, [this, fd, index] { read_client(fd, index); }));
}

void Server::read_client(int fd, size_t index) {
  char bytes[4096];
  const ssize_t got = read(fd, bytes, sizeof bytes);
  if (got > 0) said[index].append(bytes, static_cast<size_t>(got));
  const std::string answer = got > 0 ? answer_(said[index]) : "";
  if (!answer.empty()) (void)send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  if (got > 0 && (answer.empty() || !closes_)) return;
  loop_.forget(fd);
  clients_.erase(fd);
}

uint16_t closed_port() {
  uint16_t port = 0;
  listen_at_any_port(port).reset();
  return port;
}

kube::HandlerResult ask(Loop& loop, kube::Handler handler, int64_t timeout, const kube::Container& container) {
  std::optional<kube::HandlerResult> result;
  kube::HandlerTarget target;
  target.container = &container;
  target.address = "127.0.0.1";
  target.user_agent = "kube-probe/1.36";
  std::unique_ptr<kube::HandlerRun> run;
  run = kube::run_handler(loop, target, std::move(handler), timeout, [&](kube::HandlerResult given) {
    result = std::move(given);
    run.reset();  // as whoever has no more use of it does
  });
  CHECK_FALSE(result);
  while (!result) REQUIRE(loop.turn());
  return *result;
}
