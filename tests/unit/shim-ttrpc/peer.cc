#include "tests/unit/shim-ttrpc/peer.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "base/socket.h"
#include "runtime/shim/wire/message.h"

using namespace shim;

Folder::Folder() {
  char name[] = "/tmp/unit-ttrpc.XXXXXX";
  REQUIRE(mkdtemp(name));
  path = name;
}

Folder::~Folder() {
  std::filesystem::remove_all(path);
}

Fd listen_at(const std::string& path) {
  Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const LocalAddress address = *local_address(path);
  REQUIRE(bind(fd.get(), reinterpret_cast<const sockaddr*>(&address.address), address.size) == 0);
  REQUIRE(listen(fd.get(), 128) == 0);
  return fd;
}

bool until(Loop& loop, const std::function<bool()>& is_so) {
  const int64_t end = monotonic_ms() + 30'000;
  while (!is_so()) {
    if (monotonic_ms() > end) return false;
    loop.after(1, [] {});
    REQUIRE(loop.turn());
  }
  return true;
}

Peer::Peer(Loop& on, const std::string& path) : loop(on), fd(*connect_local(path)) {
  fcntl(fd.get(), F_SETFL, O_NONBLOCK);
}

void Peer::send(std::string_view bytes) {
  until(loop, [&] {
    const ssize_t count = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count > 0) bytes.remove_prefix(count);
    return bytes.empty() || (count < 0 && errno != EAGAIN);
  });
}

std::string request_frame(uint32_t stream, const std::string& method, const std::string& payload) {
  return print_frame(ttrpc::FrameType::request, stream,
                     wire::encode(wire::Request{.service = "s", .method = method, .payload = payload}));
}

void Peer::request(uint32_t stream, const std::string& method, const std::string& payload) {
  send(request_frame(stream, method, payload));
}

void Peer::read() {
  char buffer[65536];
  for (;;) {
    const ssize_t count = recv(fd.get(), buffer, sizeof buffer, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) is_closed = true;
    if (count <= 0) return;
    std::string_view bytes(buffer, count);
    while (!bytes.empty()) {
      auto frame = reader.take(bytes);
      REQUIRE(frame);
      if (!*frame) break;
      CHECK((*frame)->header.type == ttrpc::FrameType::response);
      CHECK((*frame)->header.flags == 0);
      CHECK(answers.count((*frame)->header.stream) == 0);
      answers[(*frame)->header.stream] = *wire::decode<wire::Response>((*frame)->payload);
    }
  }
}

wire::Response Peer::answer(uint32_t stream) {
  const bool is_there = until(loop, [&] {
    read();
    return is_closed || answers.count(stream) > 0;
  });
  if (!is_there || answers.count(stream) == 0) return {.status = wire::Status{.code = wire::Code::aborted}};
  return answers.extract(stream).mapped();
}

bool Peer::is_cut() {
  return until(loop, [&] {
    read();
    return is_closed;
  });
}

Scene::Scene() : loop(*Loop::create()), path(folder.path + "/s") {
  server = *ttrpc::Server::listen(loop, listen_at(path), [this](ttrpc::Call call) {
    calls++;
    if (call.method == "wait")
      waiting.push_back(std::move(call));
    else if (call.method == "echo")
      call.answer(call.payload);
    else if (call.method == "refuse")
      call.refuse({.code = wire::Code::not_found, .message = call.payload});
  });
}
