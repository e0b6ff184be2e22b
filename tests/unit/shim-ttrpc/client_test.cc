#include "runtime/shim/ttrpc/client.h"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "runtime/shim/wire/message.h"
#include "tests/unit/shim-ttrpc/peer.h"

using namespace shim;

namespace {

int warnings = 0;

void count_warnings(std::string_view level, std::string_view) {
  warnings += level == "warning";
}

// containerd's side: keeps what arrives.
struct Events {
  Events() : loop(*Loop::create()), path(folder.path + "/events") { begin(); }
  void begin() {
    unlink(path.c_str());
    server = *ttrpc::Server::listen(loop, listen_at(path), [this](ttrpc::Call call) {
      arrived.push_back(call.service + "/" + call.method + " " + call.payload);
      if (refusals-- > 0)
        call.refuse({.code = wire::Code::unknown, .message = "not now"});
      else if (is_answering)
        call.answer("");
      else
        waiting.push_back(std::move(call));
    });
  }
  bool has(size_t count) {
    return until(loop, [&] { return arrived.size() >= count; });
  }
  Loop loop;
  Folder folder;
  std::string path;
  int refusals = 0;
  bool is_answering = true;
  std::vector<std::string> arrived;
  std::vector<ttrpc::Reply> waiting;
  std::unique_ptr<ttrpc::Server> server;
};

void pass(Loop& loop, int64_t milliseconds) {
  until(loop, [end = monotonic_ms() + milliseconds] { return monotonic_ms() > end; });
}

}  // namespace

TEST_CASE("client: requests arrive in their order, one at a time") {
  Events events;
  events.is_answering = false;
  ttrpc::Client client(events.loop, events.path);
  for (const char* word : {"a", "b", "c"}) client.send({.service = "E", .method = "Forward", .payload = word});
  REQUIRE(events.has(1));
  pass(events.loop, 50);
  CHECK(events.arrived.size() == 1);
  events.is_answering = true;
  events.waiting[0].answer("");
  CHECK(events.has(3));
  CHECK(events.arrived == std::vector<std::string>{"E/Forward a", "E/Forward b", "E/Forward c"});
  bool is_flushed = false;
  client.flush(5000, [&] { is_flushed = true; });
  CHECK(!is_flushed);
  CHECK(until(events.loop, [&] { return is_flushed; }));
}

TEST_CASE("client: a payload that is larger than a socket takes at once, and metadata") {
  Events events;
  events.server.reset();
  unlink(events.path.c_str());
  const Fd listening = listen_at(events.path);
  ttrpc::Client client(events.loop, events.path);
  client.send(
      {.service = "E", .method = "M", .payload = std::string(1 << 20, 'x'), .metadata = {{"namespace", "k8s.io"}}});
  const Fd fd(accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  ttrpc::FrameReader reader;
  std::optional<ttrpc::Frame> frame;
  REQUIRE(until(events.loop, [&] {
    char buffer[65536];
    const ssize_t count = recv(fd.get(), buffer, sizeof buffer, 0);
    std::string_view bytes(buffer, std::max<ssize_t>(count, 0));
    if (!bytes.empty()) frame = *reader.take(bytes);
    return frame.has_value();
  }));
  CHECK(frame->header.stream == 1);
  CHECK(frame->header.type == ttrpc::FrameType::request);
  const auto request = wire::decode<wire::Request>(frame->payload);
  REQUIRE(request);
  CHECK(request->payload.size() == 1 << 20);
  CHECK(request->timeout_nano == 5'000'000'000);
  CHECK(request->metadata.at(0).key == "namespace");
  CHECK(request->metadata.at(0).value == "k8s.io");
}

TEST_CASE("client: connects again when the server has come back") {
  Events events;
  ttrpc::Client client(events.loop, events.path);
  client.send({.service = "E", .method = "M", .payload = "before"});
  CHECK(events.has(1));
  pass(events.loop, 10);
  events.begin();
  pass(events.loop, 10);
  client.send({.service = "E", .method = "M", .payload = "after"});
  CHECK(events.has(2));
  CHECK(events.arrived.back() == "E/M after");
}

TEST_CASE("client: what was refused, or lost on the way, is tried again after a second") {
  Events events;
  ttrpc::Client client(events.loop, events.path);
  const int64_t begin = monotonic_ms();
  SUBCASE("refused") {
    events.refusals = 1;
    client.send({.service = "E", .method = "M", .payload = "x"});
  }
  SUBCASE("the server is restarted in between") {
    events.is_answering = false;
    client.send({.service = "E", .method = "M", .payload = "x"});
    CHECK(events.has(1));
    events.is_answering = true;
    events.begin();
  }
  client.send({.service = "E", .method = "M", .payload = "y"});
  CHECK(events.has(3));
  CHECK(monotonic_ms() - begin >= 900);
  CHECK(events.arrived == std::vector<std::string>{"E/M x", "E/M x", "E/M y"});
}

TEST_CASE("client: what is never answered is tried five times and dropped; the next goes its way") {
  Events events;
  warnings = 0;
  set_log_sink(count_warnings);
  events.is_answering = false;
  ttrpc::Client client(events.loop, events.path, {.timeout = 20, .pause = 5});
  client.send({.service = "E", .method = "M", .payload = "x"});
  CHECK(events.has(5));
  CHECK(until(events.loop, [&] { return warnings == 1; }));
  events.is_answering = true;
  client.send({.service = "E", .method = "M", .payload = "y"});
  CHECK(events.has(6));
  CHECK(events.arrived == std::vector<std::string>{"E/M x", "E/M x", "E/M x", "E/M x", "E/M x", "E/M y"});
  events.waiting[4].answer("");  // too late, and to a connection that is closed
  pass(events.loop, 50);
  CHECK(events.arrived.size() == 6);
  CHECK(warnings == 1);
  set_log_sink(nullptr);
}

TEST_CASE("client: a connection with nothing to say is closed, and opened again") {
  Events events;
  events.server.reset();
  unlink(events.path.c_str());
  const Fd listening = listen_at(events.path);
  ttrpc::Client client(events.loop, events.path, {.idle = 20});
  for (const char* word : {"first", "second"}) {
    client.send({.service = "E", .method = "M", .payload = word});
    const Fd fd(accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    REQUIRE(fd.is_open());
    char buffer[100];
    REQUIRE(recv(fd.get(), buffer, sizeof buffer, 0) > 0);
    pass(events.loop, 40);
    CHECK(recv(fd.get(), buffer, sizeof buffer, 0) < 0);  // it waits for its answer: not idle
    const std::string answer = print_frame(ttrpc::FrameType::response, 1, "");
    REQUIRE(::send(fd.get(), answer.data(), answer.size(), 0) == 10);
    CHECK(until(events.loop, [&] { return recv(fd.get(), buffer, sizeof buffer, 0) == 0; }));
  }
}

TEST_CASE("client: nobody listens: the queue is bounded, and a flush ends") {
  Events events;
  warnings = 0;
  set_log_sink(count_warnings);
  ttrpc::Client client(events.loop, events.folder.path + "/nobody");
  const std::string kilobytes(10 << 10, 'x');
  for (int i = 0; i < 150; i++) client.send({.service = "E", .method = "M", .payload = kilobytes});
  CHECK(warnings == 48);  // 102 of them are a megabyte
  bool is_flushed = false;
  client.flush(50, [&] { is_flushed = true; });
  CHECK(until(events.loop, [&] { return is_flushed; }));
  set_log_sink(nullptr);
}

TEST_CASE("client: without an address everything is dropped") {
  Loop loop = *Loop::create();
  auto client = std::make_unique<ttrpc::Client>(loop, "");
  client->send({.service = "E", .method = "M"});
  bool is_flushed = false;
  client->flush(60'000, [&] {
    client.reset();  // allowed: the program ends
    is_flushed = true;
  });
  CHECK(until(loop, [&] { return is_flushed; }));
}
